//! Gzip, hashes, and files that are made to hurt.

use std::io::{Read as _, Write as _};

use aws_lc_rs::digest::{SHA256, digest};
use flate2::{Compress, Compression, Crc, FlushCompress, read, write};
use libdeflater::{CompressionLvl, Compressor};

const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The SHA-256 in hexadecimal.
pub(crate) fn sha256(data: &[u8]) -> String {
    hex::encode(digest(&SHA256, data))
}

/// A gzip file without a time, so that the same content gives the same bytes.
pub(crate) fn gzip(content: &[u8], level: i32) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(level).unwrap());
    let mut packed = vec![0; compressor.gzip_compress_bound(content.len())];
    let length = compressor.gzip_compress(content, &mut packed).unwrap();
    packed.truncate(length);
    packed
}

/// The content of a gzip file's first member.
pub(crate) fn gunzip(packed: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    read::GzDecoder::new(packed)
        .read_to_end(&mut content)
        .unwrap();
    content
}

/// The same content packed by another program, with a name and a time in the header.
pub(crate) fn gzip_as_others_do(content: &[u8]) -> Vec<u8> {
    let mut builder = flate2::GzBuilder::new()
        .filename("records.json")
        .mtime(1_772_000_000)
        .write(Vec::new(), Compression::best());
    builder.write_all(content).unwrap();
    builder.finish().unwrap()
}

/// A whole gzip file of 256 MiB of zero bytes, which takes a thousandth of that.
pub(crate) fn bomb() -> Vec<u8> {
    bomb_of(256)
}

/// A bomb of so many MiB.
pub(crate) fn bomb_of(mebibytes: usize) -> Vec<u8> {
    const PIECE: usize = 1 << 20;
    let zeros = vec![0; PIECE];
    let mut piece = Vec::with_capacity(PIECE);
    // A full flush ends at a byte and forgets what was before it, so that the piece can be
    // repeated.
    Compress::new(Compression::best(), false)
        .compress_vec(&zeros, &mut piece, FlushCompress::Full)
        .unwrap();
    let mut sum = Crc::new();
    let mut one = Crc::new();
    one.update(&zeros);
    let mut packed = HEADER.to_vec();
    for _ in 0..mebibytes {
        packed.extend_from_slice(&piece);
        sum.combine(&one);
    }
    packed.extend_from_slice(&[3, 0]);
    packed.extend_from_slice(&sum.sum().to_le_bytes());
    packed.extend_from_slice(&sum.amount().to_le_bytes());
    packed
}

/// A gzip file whose trailer claims so many bytes.
pub(crate) fn claiming(mut packed: Vec<u8>, bytes: u32) -> Vec<u8> {
    let at = packed.len() - 4;
    packed[at..].copy_from_slice(&bytes.to_le_bytes());
    packed
}

/// A gzip file of no bytes.
pub(crate) fn empty_member() -> Vec<u8> {
    write::GzEncoder::new(Vec::new(), Compression::fast())
        .finish()
        .unwrap()
}
