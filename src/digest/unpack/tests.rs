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
    let slow = Slow::new(&mut content, CAP, CAP).read(packed);
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
    assert_eq!(unpacked.content, None);
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
fn every_optional_part_of_a_header_is_skipped_and_its_checksum_read() {
    let whole = pack(&content());
    let with = |flags: u8, parts: &[u8]| {
        let mut header = [&whole[..10], parts].concat();
        header[3] = flags;
        if flags & HEADER_CRC != 0 {
            let mut crc = Crc::new();
            crc.update(&header);
            header.extend_from_slice(&crc.finalize().to_le_bytes()[..2]);
        }
        [header.as_slice(), &whole[10..]].concat()
    };
    // FTEXT says nothing about where the content begins.
    for (flags, parts) in [
        (1, b"".as_slice()),
        (EXTRA, b"\x03\0abc"),
        (NAME, b"name\0"),
        (COMMENT, b"comment\0"),
        (HEADER_CRC, b""),
        (EXTRA | NAME | COMMENT | HEADER_CRC, b"\0\0n\0c\0"),
    ] {
        let packed = with(flags, parts);
        assert_eq!(packing(&packed), Packing::Whole, "{flags:b}");
        let mut other = Vec::new();
        let mut reader = MultiGzDecoder::new(packed.as_slice());
        reader.read_to_end(&mut other).unwrap();
        assert_eq!(other, content(), "{flags:b}");
    }
    let mut wrong = with(HEADER_CRC, b"");
    wrong[4] ^= 1;
    let garbled = Packing::Broken("its gzip header is cut off or garbled");
    assert_eq!(packing(&wrong), garbled);
    assert_eq!(packing(&with(EXTRA, b"\xff\xff")), garbled);
    for bit in 5..8 {
        assert_eq!(
            packing(&with(1 << bit, b"")),
            Packing::Broken("its gzip header has flags that do not exist")
        );
    }
}

#[test]
fn time_system_and_hints_in_the_header_change_nothing() {
    for at in (4..10).chain([3]) {
        let mut packed = pack(&content());
        packed[at] ^= 1;
        let mut unpacker = Unpacker::new();
        let unpacked = unpacker.unpack(&packed, CAP);
        assert_eq!(unpacked.packing, Packing::Whole, "byte {at}");
        assert_eq!(unpacked.content, Some(content().as_slice()));
    }
}

#[test]
fn a_file_leaves_nothing_behind_for_the_next() {
    let mut unpacker = Unpacker::new();
    let bomb = pack(&vec![b'x'; 2 << 20]);
    assert_eq!(unpacker.unpack(&bomb, CAP).packing, Packing::TooLarge);
    for content in [content(), b"{}".to_vec(), content()] {
        for packed in [pack(&content), [pack(&content), vec![0]].concat()] {
            let unpacked = unpacker.unpack(&packed, CAP);
            assert_eq!(unpacked.content, Some(content.as_slice()));
            assert_eq!(unpacked.sha256, sha256(&content));
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
        if u.arbitrary()? {
            // The optional parts of a header, mostly without what they announce.
            packed[3] = u.arbitrary()?;
        }
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
