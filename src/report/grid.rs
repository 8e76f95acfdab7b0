//! Columns: text laid out without colours, and coloured afterwards, so that an escape
//! sequence never counts as width and text from AWS can never be taken for one of ours.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::style::{Paint, Style};

/// Blanks between two columns.
const GAP: u16 = 2;

/// Rows and columns below one indentation. The first cell of a row is never empty and
/// never wrapped; its text carries the row's colour.
pub(super) struct Grid {
    table: Table,
    indent: u16,
    painted: Vec<(String, Paint)>,
    constrained: bool,
}

impl Grid {
    /// An empty grid.
    pub(super) fn new(indent: u16) -> Grid {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        Grid {
            table,
            indent,
            painted: Vec::new(),
            constrained: false,
        }
    }

    /// Adds a row whose first cell has that colour.
    pub(super) fn row(&mut self, cells: &[String], paint: Paint) -> &mut Self {
        let first = cells.first().map(String::as_str).unwrap_or_default();
        let first = first.split('\n').next().unwrap_or_default();
        self.painted.push((first.to_owned(), paint));
        let cells: Vec<Cell> = cells.iter().map(Cell::new).collect();
        self.table.add_row(cells);
        self
    }

    /// The widest content of each column.
    pub(super) fn widths(&self) -> Vec<usize> {
        self.table
            .column_max_content_widths()
            .into_iter()
            .map(usize::from)
            .collect()
    }

    /// What the columns before the last take up, without wrapping anything.
    pub(super) fn before_last(widths: &[usize], indent: u16) -> usize {
        let (_, before) = widths.split_last().unwrap_or((&0, &[]));
        usize::from(indent) + before.iter().map(|w| w + usize::from(GAP)).sum::<usize>()
    }

    /// Gives the columns these widths and wraps what is longer.
    pub(super) fn fit(&mut self, widths: &[usize]) -> &mut Self {
        self.pad();
        let last = widths.len().saturating_sub(1);
        for (index, width) in widths.iter().enumerate() {
            let padding = if index == 0 { self.indent } else { 0 };
            let padding = padding + if index == last { 0 } else { GAP };
            let width = u16::try_from(*width).unwrap_or(u16::MAX).max(1);
            let fixed = Width::Fixed(width.saturating_add(padding));
            if let Some(column) = self.table.column_mut(index) {
                column.set_constraint(ColumnConstraint::Absolute(fixed));
            }
        }
        self.table
            .set_content_arrangement(ContentArrangement::Dynamic);
        self.table.set_width(u16::MAX);
        self.constrained = true;
        self
    }

    /// Wraps the last column at the terminal's edge and leaves the others as wide as
    /// they are; without a terminal nothing is wrapped.
    pub(super) fn fit_last(&mut self, style: &Style) -> &mut Self {
        let Some(width) = style.width else {
            return self;
        };
        let mut widths = self.widths();
        let before = Grid::before_last(&widths, self.indent);
        if let Some(last) = widths.last_mut() {
            *last = (*last).min(width.saturating_sub(before).max(NARROWEST));
        }
        self.fit(&widths)
    }

    /// The lines, coloured.
    pub(super) fn lines(&mut self, style: &Style) -> Vec<String> {
        if !self.constrained {
            self.pad();
        }
        let mut painted = self.painted.iter();
        let indent = usize::from(self.indent);
        let mut lines = Vec::new();
        for line in self.table.lines() {
            let line = line.trim_end();
            let (margin, content) = line.split_at_checked(indent).unwrap_or(("", line));
            // A line whose first column is blank continues the row above.
            let first = match content.starts_with(' ') || content.is_empty() {
                true => None,
                false => painted.next(),
            };
            let coloured = first.and_then(|(text, paint)| {
                let rest = content.strip_prefix(text.as_str())?;
                Some(format!("{margin}{}{rest}", style.paint(text, *paint)))
            });
            lines.push(coloured.unwrap_or_else(|| line.to_owned()));
        }
        lines
    }

    fn pad(&mut self) {
        let last = self.table.column_count().saturating_sub(1);
        for (index, column) in self.table.column_iter_mut().enumerate() {
            let left = if index == 0 { self.indent } else { 0 };
            column.set_padding((left, if index == last { 0 } else { GAP }));
        }
    }
}

/// The narrowest column that text is wrapped into, however narrow the terminal.
const NARROWEST: usize = 20;

/// Columns that `text`, one line, takes up.
pub(super) fn width(text: &str) -> usize {
    let mut table = Table::new();
    table.add_row([text]);
    let widths = table.column_max_content_widths();
    widths.first().copied().map_or(0, usize::from)
}

/// `text` as a paragraph below an indentation, wrapped in a terminal.
pub(super) fn paragraph(text: &str, indent: u16, style: &Style) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut grid = Grid::new(indent);
    grid.row(&[text.to_owned()], Paint::Plain);
    grid.fit_last(style).lines(style)
}

/// Pieces beside each other, three blanks apart, broken between pieces where the
/// terminal ends. `first` stands before the first line, and its width before the others.
pub(super) fn side_by_side(first: &str, pieces: &[(String, Paint)], style: &Style) -> Vec<String> {
    const BLANKS: &str = "   ";
    let margin = " ".repeat(width(first));
    let mut lines: Vec<String> = Vec::new();
    let mut line = first.to_owned();
    let mut used = margin.len();
    for (text, paint) in pieces {
        let blanks = if used == margin.len() { "" } else { BLANKS };
        let fits = |used: usize| style.width.is_none_or(|edge| used + width(text) <= edge);
        if !blanks.is_empty() && !fits(used + blanks.len()) {
            lines.push(std::mem::replace(&mut line, margin.clone()));
            used = margin.len();
        } else {
            line.push_str(blanks);
            used += blanks.len();
        }
        if fits(used) {
            line.push_str(&style.paint(text, *paint));
            used += width(text);
            continue;
        }
        // The piece alone is longer than a line.
        let room = style.width.map(|edge| edge.saturating_sub(margin.len()));
        let narrow = Style {
            width: room,
            ..*style
        };
        for part in paragraph(text, 0, &narrow) {
            line.push_str(&style.paint(&part, *paint));
            lines.push(std::mem::replace(&mut line, margin.clone()));
        }
        used = margin.len();
    }
    if used > margin.len() {
        lines.push(line);
    }
    lines
}
