use std::io::Write;

use proptest::prelude::*;

use super::*;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

type Packer = fn(&[u8]) -> Vec<u8>;

const PACKERS: [Packer; 2] = [gzip, zstd];

/// The content, and whether it is cut; or the error's code and line.
fn unpack(packed: Vec<u8>) -> Result<(Vec<u8>, bool), (&'static str, String)> {
    let cut = CutFlag::default();
    let mut content = Vec::new();
    let read = unpacked(io::Cursor::new(packed), &cut)
        .and_then(|mut reader| reader.read_to_end(&mut content));
    match read {
        Ok(_) => Ok((content, cut.get().is_some())),
        Err(cause) => {
            let error = cause.downcast::<Error>().unwrap();
            Err((error.kind().code(), error.message().to_owned()))
        }
    }
}

#[test]
fn one_member_or_several() {
    for pack in PACKERS {
        assert_eq!(unpack(pack(b"a\nb\n")), Ok((b"a\nb\n".to_vec(), false)));
        let several = [pack(b"a\n"), pack(b""), pack(b"b\n")].concat();
        assert_eq!(unpack(several), Ok((b"a\nb\n".to_vec(), false)));
    }
    let skipped = [b"\x5a\x2a\x4d\x18\x03\0\0\0abc", &zstd(b"a")[..]].concat();
    assert_eq!(unpack(skipped), Ok((b"a".to_vec(), false)));
    assert_eq!(unpack(b"plain".to_vec()), Ok((b"plain".to_vec(), false)));
}

#[test]
fn twice_is_once_too_often() {
    for outer in PACKERS {
        for inner in PACKERS {
            let (code, line) = unpack(outer(&inner(b"evil.example\n"))).unwrap_err();
            assert_eq!(code, "unknown_format");
            assert!(line.starts_with("the content is packed twice, "), "{line}");
        }
    }
}

#[test]
fn what_is_cut_is_given_as_far_as_it_goes() {
    let content: Vec<u8> = (0..40_000u32)
        .flat_map(|number| {
            format!("host-{}.example\n", number.wrapping_mul(2_654_435_761)).into_bytes()
        })
        .collect();
    for pack in PACKERS {
        let packed = pack(&content);
        let (half, cut) = unpack(packed[..packed.len() / 2].to_vec()).unwrap();
        assert!(cut);
        assert!(half.len() > content.len() / 10, "{}", half.len());
        assert!(content.starts_with(&half));
    }
}

#[test]
fn what_is_damaged_ends_it() {
    for pack in PACKERS {
        // The checksum at the end is another one.
        let mut packed = pack(b"evil.example\n");
        let at = packed.len() - if packed[0] == 0x1f { 8 } else { 1 };
        packed[at] ^= 1;
        let (code, line) = unpack(packed).unwrap_err();
        assert_eq!(code, "broken_input");
        assert!(line.contains("damaged"), "{line}");
        // Something else follows.
        let (code, _) = unpack([&pack(b"a"), &b"plain text behind it"[..]].concat()).unwrap_err();
        assert_eq!(code, "broken_input");
    }
}

#[test]
fn a_bomb_is_stopped() {
    for pack in PACKERS {
        let cut = CutFlag::default();
        let member = pack(&vec![b'a'; 16 << 20]);
        let packed = member.repeat(40);
        let mut reader = unpacked(io::Cursor::new(packed), &cut).unwrap();
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        let error = error.downcast::<Error>().unwrap();
        assert_eq!(error.kind(), ErrorKind::BrokenInput);
        assert!(error.message().contains("250 times its size"), "{error}");
        assert!(error.hint_text().is_some());
    }
}

proptest! {
    #[test]
    fn any_bytes_end_in_content_or_an_error(
        mut content in prop::collection::vec(any::<u8>(), 0..2000),
        zip in any::<bool>(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        content.insert(0, b'a');
        let mut packed = PACKERS[usize::from(zip)](&content);
        prop_assert_eq!(&unpack(packed.clone()).unwrap().0, &content);
        let end = at.index(packed.len());
        if let Ok((part, _)) = unpack(packed[..end.max(4)].to_vec()) {
            prop_assert!(content.starts_with(&part));
        }
        packed[end] = byte;
        let _ = unpack(packed);
    }
}
