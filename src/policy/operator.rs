//! Condition operators: their names, and how one value compares with another.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::glob::glob;
use super::template::{literal, meant, plain};
use super::truth::{Doubt, Truth};

/// An operator, taken apart: `ForAnyValue:StringNotLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// What is compared, and how.
    pub comparison: Comparison,
    /// Whether it holds where the comparison does not (`Not…`).
    pub negated: bool,
    /// `…IfExists`: holds if the key is absent.
    pub if_exists: bool,
}

/// How the values of a multivalued key are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Every value must match; with no value at all that is so.
    ForAllValues,
    /// One value must match.
    ForAnyValue,
}

/// What two values are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `StringEquals`.
    Exact,
    /// `StringEqualsIgnoreCase`.
    IgnoreCase,
    /// `StringLike`.
    Like,
    /// `Numeric…`.
    Numeric(Order),
    /// `Date…`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    Binary,
    /// `IpAddress`.
    Ip,
    /// `ArnEquals` and `ArnLike`, which mean the same.
    Arn,
    /// `Null`: whether the key is absent.
    Null,
}

/// Which order of the request's value and the policy's holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// `…Equals`.
    Equals,
    /// `…LessThan`.
    LessThan,
    /// `…LessThanEquals`.
    LessThanEquals,
    /// `…GreaterThan`.
    GreaterThan,
    /// `…GreaterThanEquals`.
    GreaterThanEquals,
}

impl Operator {
    /// Reads an operator's name, in any case; `None` if there is no such operator.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let (quantifier, name) = match name.split_once(':') {
            Some(("forallvalues", name)) => (Some(Quantifier::ForAllValues), name),
            Some(("foranyvalue", name)) => (Some(Quantifier::ForAnyValue), name),
            Some(_) => return None,
            None => (None, name.as_str()),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (comparison, negated) = comparison(name)?;
        // "You can use IfExists with any condition operator but Null"; what a quantified Null
        // means is nowhere documented.
        if comparison == Comparison::Null && (if_exists || quantifier.is_some()) {
            return None;
        }
        Some(Operator {
            quantifier,
            comparison,
            negated,
            if_exists,
        })
    }
}

fn comparison(name: &str) -> Option<(Comparison, bool)> {
    Some(match name {
        "stringequals" => (Comparison::Exact, false),
        "stringnotequals" => (Comparison::Exact, true),
        "stringequalsignorecase" => (Comparison::IgnoreCase, false),
        "stringnotequalsignorecase" => (Comparison::IgnoreCase, true),
        "stringlike" => (Comparison::Like, false),
        "stringnotlike" => (Comparison::Like, true),
        "bool" => (Comparison::Bool, false),
        "binaryequals" => (Comparison::Binary, false),
        "ipaddress" => (Comparison::Ip, false),
        "notipaddress" => (Comparison::Ip, true),
        "arnequals" | "arnlike" => (Comparison::Arn, false),
        "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
        "null" => (Comparison::Null, false),
        _ => {
            if let Some(order) = name.strip_prefix("numeric") {
                let (order, negated) = self::order(order)?;
                (Comparison::Numeric(order), negated)
            } else {
                let (order, negated) = self::order(name.strip_prefix("date")?)?;
                (Comparison::Date(order), negated)
            }
        }
    })
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "equals" => (Order::Equals, false),
        "notequals" => (Order::Equals, true),
        "lessthan" => (Order::LessThan, false),
        "lessthanequals" => (Order::LessThanEquals, false),
        "greaterthan" => (Order::GreaterThan, false),
        "greaterthanequals" => (Order::GreaterThanEquals, false),
        _ => return None,
    })
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Order::Equals => ordering.is_eq(),
            Order::LessThan => ordering.is_lt(),
            Order::LessThanEquals => ordering.is_le(),
            Order::GreaterThan => ordering.is_gt(),
            Order::GreaterThanEquals => ordering.is_ge(),
        }
    }
}

impl Comparison {
    /// Whether a request's `value` compares so with a policy's `wanted`, in which `*` and
    /// `?` may be wildcards and literal ones are marked as [`literal`] does.
    pub fn holds(self, value: &str, wanted: &str) -> Truth {
        match self {
            Comparison::Exact | Comparison::Binary => {
                Truth::from(wanted.chars().map(meant).eq(value.chars()))
            }
            Comparison::IgnoreCase => {
                Truth::from(value.to_lowercase() == plain(wanted).to_lowercase())
            }
            Comparison::Like => Truth::from(glob(wanted, &literal(value))),
            Comparison::Bool => match boolean(wanted) {
                Some(wanted) => Truth::from(boolean(value) == Some(wanted)),
                None => Truth::maybe(Doubt::Unclear),
            },
            Comparison::Numeric(order) => match number(wanted) {
                Some(wanted) => number(value).map_or(Truth::No, |value| {
                    // Whether such numbers are equal hangs on how precisely AWS reads them.
                    if value.abs().min(wanted.abs()) >= PRECISE && value == wanted {
                        return Truth::maybe(Doubt::Unclear);
                    }
                    Truth::from(order.holds(value.total_cmp(&wanted)))
                }),
                None => Truth::maybe(Doubt::Unclear),
            },
            Comparison::Date(order) => match instant(wanted) {
                Some(wanted) => {
                    Truth::from(instant(value).is_some_and(|value| order.holds(value.cmp(&wanted))))
                }
                None => Truth::maybe(Doubt::Unclear),
            },
            Comparison::Ip => match Network::parse(wanted) {
                Some(network) => {
                    Truth::from(value.parse().is_ok_and(|address| network.contains(address)))
                }
                None => Truth::maybe(Doubt::Unclear),
            },
            Comparison::Arn => arn_like(wanted, &literal(value)),
            Comparison::Null => Truth::maybe(Doubt::Unclear),
        }
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately and each
/// can include multi-character match wildcards": a `*` crosses no colon but in the last.
fn arn_like(pattern: &str, arn: &str) -> Truth {
    let patterns: Vec<&str> = pattern.splitn(6, ':').collect();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if patterns.len() < 6 {
        // A pattern that is no ARN; AWS does not say what it matches.
        return match glob(pattern, arn) {
            true => Truth::maybe(Doubt::Unclear),
            false => Truth::No,
        };
    }
    let matches = parts.len() == 6
        && patterns
            .iter()
            .zip(parts)
            .all(|(pattern, part)| glob(pattern, part));
    Truth::from(matches)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// From here on two integers may be one as a `f64`.
const PRECISE: f64 = 9_007_199_254_740_992.0;

/// A number as `Numeric…` operators read it.
pub fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    // Zero has one sign here.
    number.is_finite().then_some(number + 0.0)
}

/// A time as `Date…` operators read it: one of the W3C's ISO 8601 forms, or seconds since 1970.
pub fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        // Four digits are a year, as in the shortest form.
        if text.len() > 4 {
            return Timestamp::from_second(seconds).ok();
        }
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    if let Ok(time) = text.trim_end_matches('Z').parse::<DateTime>() {
        return utc(time);
    }
    let padded = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => return None,
    };
    utc(padded
        .parse::<Date>()
        .ok()?
        .to_datetime(jiff::civil::Time::midnight()))
}

/// A CIDR block, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// As a number of 128 bits, IPv4 in the last 32.
    first: u128,
    last: u128,
    v4: bool,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32` or a bare address, which is a block of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let v4 = address.is_ipv4();
        let bits = if v4 { 32 } else { 128 };
        let host = bits - prefix.map_or(Some(bits), |prefix| (prefix <= bits).then_some(prefix))?;
        let below = match host {
            128 => u128::MAX,
            host => (1 << host) - 1,
        };
        let first = number_of(address) & !below;
        Some(Network {
            first,
            last: first | below,
            v4,
        })
    }

    /// Whether an address belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.v4 && (self.first..=self.last).contains(&number_of(address))
    }

    /// How many leading bits are fixed.
    pub fn prefix(&self) -> u32 {
        let bits = if self.v4 { 32 } else { 128 };
        bits - (u128::BITS - (self.last - self.first).leading_zeros())
    }

    /// Whether it is of IPv4.
    pub fn is_v4(&self) -> bool {
        self.v4
    }

    /// The addresses at which something changes: its first and last, and those just outside.
    pub fn edges(&self) -> impl Iterator<Item = String> {
        let v4 = self.v4;
        let most = if v4 { u128::from(u32::MAX) } else { u128::MAX };
        [
            Some(self.first),
            Some(self.last),
            self.first.checked_sub(1),
            (self.last < most).then(|| self.last + 1),
        ]
        .into_iter()
        .flatten()
        .filter_map(move |number| {
            Some(match v4 {
                true => IpAddr::from(u32::try_from(number).ok()?.to_be_bytes()).to_string(),
                false => IpAddr::from(number.to_be_bytes()).to_string(),
            })
        })
    }
}

fn number_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_in_any_case_with_prefix_and_suffix() {
        let operator = Operator::parse("ForAnyValue:StringNotLikeIfExists").unwrap();
        assert_eq!(operator.quantifier, Some(Quantifier::ForAnyValue));
        assert_eq!(operator.comparison, Comparison::Like);
        assert!(operator.negated && operator.if_exists);
        assert_eq!(
            Operator::parse("numericlessthanequals").map(|operator| operator.comparison),
            Some(Comparison::Numeric(Order::LessThanEquals))
        );
        for odd in [
            "StringMatches",
            "NullIfExists",
            "ForSomeValues:Bool",
            "",
            "Date",
        ] {
            assert_eq!(Operator::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn values_compare_as_their_operator_says() {
        for (operator, value, wanted, holds) in [
            ("StringEquals", "a", "a", true),
            ("StringEquals", "a", "A", false),
            ("StringEquals", "abc", "a*", false),
            ("StringEqualsIgnoreCase", "a", "A", true),
            ("StringLike", "abc", "a*", true),
            ("StringLike", "arn:aws:iam::1:role/x", "arn:*:role/x", true),
            ("ArnLike", "arn:aws:iam::1:role/x", "arn:aws:*:*:*:x", false),
            (
                "ArnLike",
                "arn:aws:iam::1:role/x",
                "arn:aws:iam::*:role/*",
                true,
            ),
            (
                "ArnEquals",
                "arn:aws:iam::1:role/x",
                "arn:aws:iam::*:role/*",
                true,
            ),
            ("ArnLike", "no-arn", "arn:aws:iam::*:role/*", false),
            ("Bool", "True", "true", true),
            ("Bool", "1", "true", false),
            ("NumericLessThan", "1.1", "1.2", true),
            ("NumericLessThan", "10", "9", false),
            ("NumericEquals", "many", "1", false),
            ("NumericEquals", "-0", "0", true),
            (
                "DateGreaterThan",
                "2026-11-22T12:00:00Z",
                "2026-11-22T13:30:00+02:00",
                true,
            ),
            ("DateLessThan", "2026-11-22", "2026-11-22T00:00:01Z", true),
            ("DateEquals", "1763812800", "2025-11-22T12:00:00Z", true),
            ("DateEquals", "2026", "2026-01-01T00:00:00Z", true),
            ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ] {
            let operator = Operator::parse(operator).unwrap();
            let found = operator.comparison.holds(value, wanted);
            assert_eq!(found, Truth::from(holds), "{operator:?} {value} {wanted}");
        }
    }

    /// AWS does not say what becomes of a value that is not of the operator's type.
    #[test]
    fn a_value_of_another_type_is_never_decided() {
        for (operator, value) in [
            ("Bool", "1"),
            ("NumericLessThan", "many"),
            ("NumericLessThan", "inf"),
            ("DateLessThan", "tomorrow"),
            ("IpAddress", "example.com"),
        ] {
            let comparison = Operator::parse(operator).unwrap().comparison;
            let found = comparison.holds(value, value);
            assert_eq!(found, Truth::maybe(Doubt::Unclear), "{operator} {value}");
        }
        let big = Operator::parse("NumericEquals").unwrap().comparison;
        let found = big.holds("9007199254740993", "9007199254740992");
        assert_eq!(found, Truth::maybe(Doubt::Unclear));
        assert_eq!(big.holds("9007199254740993", "1"), Truth::No);
    }

    #[test]
    fn address_families_are_kept_apart_and_a_bare_address_is_one() {
        let inside = |value: &str, wanted: &str| Comparison::Ip.holds(value, wanted);
        assert_eq!(inside("203.0.113.9", "0.0.0.0/0"), Truth::Yes);
        assert_eq!(inside("2001:db8::1", "0.0.0.0/0"), Truth::No);
        assert_eq!(inside("2001:db8::1", "2001:db8::/32"), Truth::Yes);
        assert_eq!(inside("192.0.2.1", "192.0.2.1"), Truth::Yes);
        assert_eq!(inside("192.0.2.2", "192.0.2.1"), Truth::No);
        assert_eq!(
            inside("192.0.2.2", "192.0.2.1/33"),
            Truth::maybe(Doubt::Unclear)
        );
        assert_eq!(
            Network::parse("10.0.0.0/8").map(|block| block.prefix()),
            Some(8)
        );
        assert_eq!(Network::parse("::/0").map(|block| block.prefix()), Some(0));
    }

    #[test]
    fn a_networks_edges_are_where_membership_changes() {
        let edges: Vec<String> = Network::parse("192.0.2.0/24").unwrap().edges().collect();
        assert_eq!(
            edges,
            ["192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"]
        );
        assert_eq!(Network::parse("0.0.0.0/0").unwrap().edges().count(), 2);
    }
}
