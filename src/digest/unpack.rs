//! Gzip, under a cap, and the hash of what is in it.
//!
//! This is most of what verifying costs. What a file holds is defined by [`Slow`], which
//! reads it piece by piece; libdeflate is several times as fast for files that fit into
//! memory, and [`Unpacker::fast`] takes its word only where both would say the same.

use aws_lc_rs::digest::{Context, SHA256, digest};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use libdeflater::Decompressor;
use memchr::memmem;

/// The most that is unpacked in one piece. Log files have some hundred KiB, rarely some MiB.
const KEPT: u64 = 32 << 20;

/// The trailer of a gzip member: CRC-32 and length of the content, four bytes each.
const TRAILER: usize = 8;

/// Unpacks files, one after the other, in the same memory.
pub struct Unpacker {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// One whole gzip member.
    Whole,
    /// One whole gzip member, and so many bytes behind it.
    Trailing(u64),
    /// It is no gzip; its bytes are taken for the content.
    NotGzip,
    /// The content is complete, and the trailer behind it is cut off or wrong.
    BadTrailer(&'static str),
    /// The content breaks off, or is garbled.
    Broken(&'static str),
    /// The content is larger than the cap.
    TooLarge,
}

/// What a file holds.
#[derive(Debug)]
pub struct Unpacked<'a> {
    /// How it is packed.
    pub packing: Packing,
    /// The SHA-256 of the content, as far as there is any.
    pub sha256: [u8; 32],
    /// The length of the content.
    pub size: u64,
    /// The content, unless it was too large to keep.
    pub content: Option<&'a [u8]>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Unpacker::new()
    }
}

impl Unpacker {
    /// An unpacker that holds no memory yet.
    pub fn new() -> Self {
        Unpacker {
            decompressor: Decompressor::new(),
            buffer: Vec::new(),
        }
    }

    /// Unpacks the first gzip member of `packed`, but no more than `cap` bytes of it.
    pub fn unpack(&mut self, packed: &[u8], cap: u64) -> Unpacked<'_> {
        match self.fast(packed, cap) {
            Some(size) => {
                let content = self.buffer.get(..size).unwrap_or_default();
                Unpacked {
                    packing: Packing::Whole,
                    sha256: sha256(content),
                    size: size as u64,
                    content: Some(content),
                }
            }
            None => self.slow(packed, cap),
        }
    }

    /// The size of the content, which is in the buffer then, if the file is one whole member.
    ///
    /// libdeflate ignores what follows a member, and does not tell where the member ends. But
    /// it has checked that the content's length stands at its end. So if these four bytes are
    /// the file's last, and occur nowhere before, nothing follows.
    fn fast(&mut self, packed: &[u8], cap: u64) -> Option<usize> {
        let length = packed.last_chunk::<4>()?;
        // The file says how large it is, and may lie: a larger content does not fit then.
        let size = u64::from(u32::from_le_bytes(*length));
        let before = packed.get(..packed.len() - 1)?;
        if size > cap.min(KEPT) || memmem::find(before, length).is_some() {
            return None;
        }
        let size = usize::try_from(size).ok()?;
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        let content = self.buffer.get_mut(..size)?;
        let written = self.decompressor.gzip_decompress(packed, content).ok()?;
        (written == size).then_some(size)
    }

    fn slow(&mut self, packed: &[u8], cap: u64) -> Unpacked<'_> {
        self.buffer.clear();
        let (packing, sha256, size) = Slow::new(&mut self.buffer, cap).read(packed);
        let kept = self.buffer.len() as u64 == size;
        Unpacked {
            packing,
            sha256,
            size,
            content: kept.then_some(self.buffer.as_slice()),
        }
    }
}

/// SHA-256 of bytes that are at hand.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    finished(&digest(&SHA256, bytes))
}

fn finished(digest: &aws_lc_rs::digest::Digest) -> [u8; 32] {
    // A SHA-256 has 32 bytes.
    digest.as_ref().try_into().unwrap_or_default()
}

/// Unpacks piece by piece: the hash and the checks need no more memory than a piece.
struct Slow<'a> {
    content: &'a mut Vec<u8>,
    cap: u64,
    hash: Context,
    crc: Crc,
    size: u64,
}

impl<'a> Slow<'a> {
    fn new(content: &'a mut Vec<u8>, cap: u64) -> Self {
        Slow {
            content,
            cap,
            hash: Context::new(&SHA256),
            crc: Crc::new(),
            size: 0,
        }
    }

    fn read(mut self, packed: &[u8]) -> (Packing, [u8; 32], u64) {
        let packing = match header(packed) {
            Header::None => {
                self.take(packed);
                Packing::NotGzip
            }
            Header::Broken(reason) => Packing::Broken(reason),
            Header::Before(deflated) => self.inflate(deflated),
        };
        (packing, finished(&self.hash.finish()), self.size)
    }

    fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.crc.update(piece);
        self.size += piece.len() as u64;
        if self.size <= KEPT {
            self.content.extend_from_slice(piece);
        }
    }

    fn inflate(&mut self, deflated: &[u8]) -> Packing {
        let mut inflater = Decompress::new(false);
        let mut piece = vec![0; 64 << 10];
        let mut rest = deflated;
        loop {
            let (read, written) = (inflater.total_in(), inflater.total_out());
            let Ok(status) = inflater.decompress(rest, &mut piece, FlushDecompress::None) else {
                return Packing::Broken("its content is garbled");
            };
            let new = usize::try_from(inflater.total_out() - written).unwrap_or(usize::MAX);
            let used = usize::try_from(inflater.total_in() - read).unwrap_or(usize::MAX);
            self.take(piece.get(..new).unwrap_or_default());
            rest = rest.get(used..).unwrap_or_default();
            if self.size > self.cap {
                return Packing::TooLarge;
            }
            match status {
                Status::StreamEnd => return self.trailer(rest),
                _ if new == 0 && used == 0 => return Packing::Broken("its content breaks off"),
                _ => {}
            }
        }
    }

    /// What stands behind the content.
    fn trailer(&self, rest: &[u8]) -> Packing {
        let Some((trailer, behind)) = rest.split_first_chunk::<TRAILER>() else {
            return Packing::BadTrailer("the end of the gzip file is cut off");
        };
        let [a, b, c, d, e, f, g, h] = *trailer;
        if u32::from_le_bytes([a, b, c, d]) != self.crc.sum() {
            return Packing::BadTrailer("the checksum at its end is wrong");
        }
        // The length is counted modulo 2^32 (RFC 1952, section 2.3.1).
        if u64::from(u32::from_le_bytes([e, f, g, h])) != self.size & 0xffff_ffff {
            return Packing::BadTrailer("the length at its end is wrong");
        }
        match behind.len() as u64 {
            0 => Packing::Whole,
            more => Packing::Trailing(more),
        }
    }
}

/// What a file begins with.
enum Header<'a> {
    /// No gzip.
    None,
    /// Gzip that no reader takes.
    Broken(&'static str),
    /// A gzip header before this.
    Before(&'a [u8]),
}

/// Reads a gzip header, <https://www.rfc-editor.org/rfc/rfc1952>, section 2.3.
fn header(packed: &[u8]) -> Header<'_> {
    let Some(rest) = packed.strip_prefix(&[0x1f, 0x8b]) else {
        return Header::None;
    };
    // Method, flags, time, extra flags, system.
    let Some((&[8, flags, ..], rest)) = rest.split_first_chunk::<8>() else {
        return Header::Broken("it has no gzip header");
    };
    if flags & 0b1110_0000 != 0 {
        return Header::Broken("its gzip header has flags that do not exist");
    }
    match optional(packed, rest, flags) {
        Some(rest) => Header::Before(rest),
        None => Header::Broken("its gzip header is cut off or garbled"),
    }
}

/// Skips the optional parts of a header.
fn optional<'a>(packed: &[u8], mut rest: &'a [u8], flags: u8) -> Option<&'a [u8]> {
    const CRC: u8 = 1 << 1;
    const EXTRA: u8 = 1 << 2;
    const NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;
    if flags & EXTRA != 0 {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & CRC != 0 {
        let before = packed.get(..packed.len() - rest.len())?;
        let (said, behind) = rest.split_first_chunk::<2>()?;
        let mut crc = Crc::new();
        crc.update(before);
        if u32::from(u16::from_le_bytes(*said)) != crc.sum() & 0xffff {
            return None;
        }
        rest = behind;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use flate2::Compression;
    use flate2::read::MultiGzDecoder;
    use flate2::write::GzEncoder;

    use super::*;

    const CAP: u64 = 1 << 20;

    fn pack(content: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(content).unwrap();
        gzip.finish().unwrap()
    }

    /// Fast if it can be, and slow; both must say the same.
    fn packing(packed: &[u8]) -> Packing {
        let mut unpacker = Unpacker::new();
        let (fast, sha256, size) = {
            let unpacked = unpacker.unpack(packed, CAP);
            let content = unpacked.content.map(<[u8]>::len);
            assert!(content.is_none_or(|length| length as u64 == unpacked.size));
            (unpacked.packing, unpacked.sha256, unpacked.size)
        };
        let mut content = Vec::new();
        let slow = Slow::new(&mut content, CAP).read(packed);
        assert_eq!((fast, sha256, size), slow);
        fast
    }

    fn content() -> Vec<u8> {
        br#"{"Records":[{"eventName":"AssumeRole"},{"eventName":"GetObject"}]}"#.repeat(40)
    }

    #[test]
    fn every_way_to_damage_a_file_has_its_name() {
        let whole = pack(&content());
        let cut = |bytes: usize| whole[..whole.len() - bytes].to_vec();
        let and = |more: &[u8]| [whole.as_slice(), more].concat();
        let mut crc = whole.clone();
        crc[whole.len() - 8] ^= 1;
        let mut length = whole.clone();
        length[whole.len() - 1] ^= 1;
        for (packed, expected) in [
            (whole.clone(), Packing::Whole),
            (pack(b""), Packing::Whole),
            (content(), Packing::NotGzip),
            (Vec::new(), Packing::NotGzip),
            (vec![0x1f], Packing::NotGzip),
            (
                cut(8),
                Packing::BadTrailer("the end of the gzip file is cut off"),
            ),
            (
                cut(1),
                Packing::BadTrailer("the end of the gzip file is cut off"),
            ),
            (cut(9), Packing::Broken("its content breaks off")),
            (
                cut(whole.len() / 2),
                Packing::Broken("its content breaks off"),
            ),
            (
                cut(whole.len() - 3),
                Packing::Broken("it has no gzip header"),
            ),
            (crc, Packing::BadTrailer("the checksum at its end is wrong")),
            (
                length,
                Packing::BadTrailer("the length at its end is wrong"),
            ),
            (and(b"\0"), Packing::Trailing(1)),
            (and(&[0; 64]), Packing::Trailing(64)),
            (
                and(&pack(b"{}")),
                Packing::Trailing(pack(b"{}").len() as u64),
            ),
        ] {
            assert_eq!(packing(&packed), expected, "{} bytes", packed.len());
        }
    }

    #[test]
    fn appended_data_that_repeats_the_end_of_the_file_is_seen() {
        let whole = pack(&content());
        let trailer = whole[whole.len() - 8..].to_vec();
        for more in 0..16 {
            let appended = [vec![7; more], trailer.clone()].concat();
            let packed = [whole.clone(), appended].concat();
            assert_eq!(packing(&packed), Packing::Trailing(8 + more as u64));
        }
        for more in 1..8 {
            let packed = [&whole, &trailer[8 - more..]].concat();
            assert_eq!(packing(&packed), Packing::Trailing(more as u64));
        }
    }

    #[test]
    fn a_bomb_ends_at_the_cap() {
        let bomb = pack(&vec![0; 4 << 20]);
        assert!(bomb.len() < 8 << 10);
        let mut unpacker = Unpacker::new();
        let unpacked = unpacker.unpack(&bomb, CAP);
        assert_eq!(unpacked.packing, Packing::TooLarge);
        assert!(unpacked.size < CAP + (128 << 10));
        let mut liar = pack(b"{}");
        let end = liar.len();
        liar[end - 4..].copy_from_slice(&(1u32 << 30).to_le_bytes());
        assert_eq!(
            packing(&liar),
            Packing::BadTrailer("the length at its end is wrong")
        );
        assert!(Unpacker::new().unpack(&liar, CAP).content.is_some());
    }

    #[test]
    fn what_is_larger_than_is_kept_is_hashed_all_the_same() {
        let zeros = vec![0; KEPT as usize + 1];
        let packed = pack(&zeros);
        let mut unpacker = Unpacker::new();
        let unpacked = unpacker.unpack(&packed, 1 << 30);
        assert_eq!((unpacked.packing, unpacked.content), (Packing::Whole, None));
        assert_eq!(unpacked.sha256, sha256(&zeros));
    }

    #[test]
    fn a_flipped_bit_is_seen_unless_another_reader_gets_the_same() {
        let content = content();
        let whole = pack(&content);
        for bit in 0..whole.len() * 8 {
            let mut packed = whole.clone();
            packed[bit / 8] ^= 1 << (bit % 8);
            let same = packing(&packed) == Packing::Whole
                && Unpacker::new().unpack(&packed, CAP).sha256 == sha256(&content);
            let mut other = Vec::new();
            let read = MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut other);
            if same {
                assert!(read.is_ok() && other == content, "bit {bit}");
            }
        }
    }

    #[test]
    fn both_ways_agree_about_anything() {
        arbtest::arbtest(|u| {
            let mut packed = if u.arbitrary()? {
                pack(u.arbitrary()?)
            } else {
                pack(&content())
            };
            for _ in 0..u.int_in_range(0..=3)? {
                let at = u.choose_index(packed.len().max(1))?;
                match u.int_in_range(0..=3)? {
                    0 => packed.truncate(at),
                    1 => packed.extend_from_slice(u.arbitrary()?),
                    2 => packed.insert(at.min(packed.len()), u.arbitrary()?),
                    _ => {
                        if let Some(byte) = packed.get_mut(at) {
                            *byte = u.arbitrary()?;
                        }
                    }
                }
            }
            packing(&packed);
            Ok(())
        });
    }
}
