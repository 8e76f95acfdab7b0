//! Gzip, under a cap, and the hash of what is in it.
//!
//! This is most of what verifying costs: a log file is unpacked in one piece into memory that
//! was there before, hence [`Unpacker::fast`], and [`Slow`] reads piece by piece what is large
//! or lies about its size. Both inflate with zlib-rs. libdeflate takes a quarter less time, but
//! reads on where zlib, hence `gunzip`, gives up: of a code with one codeword, which should be
//! `0`, it takes a `1` as well. A file that nobody can unpack any more would be called valid.

use aws_lc_rs::digest::{Context, SHA256, digest};
use crc32fast::Hasher as Crc;
use flate2::{Decompress, FlushDecompress, Status};

/// The most that is unpacked in one piece. Log files have some hundred KiB, rarely some MiB.
const KEPT: u64 = 16 << 20;

/// The trailer of a gzip member: CRC-32 and length of the content, four bytes each.
const TRAILER: usize = 8;

/// The flags of a gzip header: what stands between its ten bytes and the content.
const HEADER_CRC: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Unpacks files, one after the other, in the same memory.
pub struct Unpacker {
    inflater: Decompress,
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
    /// The content as far as it could be read, unless it is larger than the cap or than what
    /// is kept in memory (16 MiB).
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
            inflater: Decompress::new(false),
            buffer: Vec::new(),
        }
    }

    /// Unpacks the first gzip member of `packed`, but no more than `cap` bytes of it. A content
    /// of more than 16 MiB is hashed and not kept.
    pub fn unpack(&mut self, packed: &[u8], cap: u64) -> Unpacked<'_> {
        self.keeping(packed, cap, cap.min(KEPT))
    }

    /// The same, and keeps the content whatever its size.
    pub fn unpack_whole(&mut self, packed: &[u8], cap: u64) -> Unpacked<'_> {
        self.keeping(packed, cap, cap)
    }

    fn keeping(&mut self, packed: &[u8], cap: u64, kept: u64) -> Unpacked<'_> {
        // One large file is no reason to hold its memory for all that follow.
        if self.buffer.len() as u64 > KEPT {
            self.buffer = Vec::new();
        }
        match self.fast(packed, kept) {
            Some((packing, size)) => {
                let content = self.buffer.get(..size).unwrap_or_default();
                Unpacked {
                    packing,
                    sha256: sha256(content),
                    size: size as u64,
                    content: Some(content),
                }
            }
            None => self.slow(packed, cap, kept),
        }
    }

    /// How the file is packed, and the size of its content, which is in the buffer then: if
    /// the content is complete, and as large as the file's last bytes say.
    fn fast(&mut self, packed: &[u8], kept: u64) -> Option<(Packing, usize)> {
        let Header::Before(deflated) = header(packed) else {
            return None;
        };
        let size = u64::from(u32::from_le_bytes(*packed.last_chunk()?));
        if size > kept {
            return None;
        }
        let size = usize::try_from(size).ok()?;
        // Old content may stay where new content will be: zeros would cost as much as a hash.
        // The byte more is for a content that is larger than the file says.
        if self.buffer.len() <= size {
            self.buffer.resize(size + 1, 0);
        }
        self.inflater.reset(false);
        let room = self.buffer.get_mut(..=size)?;
        let status = self
            .inflater
            .decompress(deflated, room, FlushDecompress::Finish)
            .ok()?;
        if status != Status::StreamEnd || self.inflater.total_out() != size as u64 {
            return None;
        }
        let behind = deflated.get(usize::try_from(self.inflater.total_in()).ok()?..)?;
        let mut crc = Crc::new();
        crc.update(self.buffer.get(..size)?);
        Some((trailer(behind, crc.finalize(), size as u64), size))
    }

    fn slow(&mut self, packed: &[u8], cap: u64, kept: u64) -> Unpacked<'_> {
        self.buffer.clear();
        let (packing, sha256, size) = Slow::new(&mut self.buffer, cap, kept).read(packed);
        let kept = packing != Packing::TooLarge && self.buffer.len() as u64 == size;
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
    kept: u64,
    hash: Context,
    crc: Crc,
    size: u64,
}

impl<'a> Slow<'a> {
    fn new(content: &'a mut Vec<u8>, cap: u64, kept: u64) -> Self {
        Slow {
            content,
            cap,
            kept,
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
        if self.size <= self.kept {
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
                Status::StreamEnd => return trailer(rest, self.crc.clone().finalize(), self.size),
                _ if new == 0 && used == 0 => return Packing::Broken("its content breaks off"),
                _ => {}
            }
        }
    }
}

/// What stands behind a content of that checksum and size.
fn trailer(rest: &[u8], crc: u32, size: u64) -> Packing {
    let Some((trailer, behind)) = rest.split_first_chunk::<TRAILER>() else {
        return Packing::BadTrailer("the end of the gzip file is cut off");
    };
    let [a, b, c, d, e, f, g, h] = *trailer;
    if u32::from_le_bytes([a, b, c, d]) != crc {
        return Packing::BadTrailer("the checksum at its end is wrong");
    }
    // The length is counted modulo 2^32 (RFC 1952, section 2.3.1).
    if u64::from(u32::from_le_bytes([e, f, g, h])) != size & 0xffff_ffff {
        return Packing::BadTrailer("the length at its end is wrong");
    }
    match behind.len() as u64 {
        0 => Packing::Whole,
        more => Packing::Trailing(more),
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
    if flags & RESERVED != 0 {
        return Header::Broken("its gzip header has flags that do not exist");
    }
    match optional(packed, rest, flags) {
        Some(rest) => Header::Before(rest),
        None => Header::Broken("its gzip header is cut off or garbled"),
    }
}

/// Skips the optional parts of a header.
fn optional<'a>(packed: &[u8], mut rest: &'a [u8], flags: u8) -> Option<&'a [u8]> {
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
    if flags & HEADER_CRC != 0 {
        let before = packed.get(..packed.len() - rest.len())?;
        let (said, behind) = rest.split_first_chunk::<2>()?;
        let mut crc = Crc::new();
        crc.update(before);
        if u32::from(u16::from_le_bytes(*said)) != crc.finalize() & 0xffff {
            return None;
        }
        rest = behind;
    }
    Some(rest)
}

#[cfg(test)]
mod tests;
