use std::fs;
use std::io::Write as _;

use ::tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::*;
use crate::testing::zip_of;

fn header(kind: EntryType, name: &str, size: u64) -> Header {
    let mut header = Header::new_gnu();
    // By the bytes: the library itself refuses what is to be refused here.
    let bytes = name.as_bytes();
    header.as_old_mut().name[..bytes.len()].copy_from_slice(bytes);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header
}

enum Entry<'a> {
    File(&'a str, &'a str),
    Link(EntryType, &'a str, &'a str),
    Other(EntryType, &'a str),
}
use Entry::{File as F, Link, Other};

fn tar_of(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for entry in entries {
        match entry {
            F(name, content) => {
                let mut header = header(EntryType::Regular, name, content.len() as u64);
                header.set_cksum();
                tar.append(&header, content.as_bytes()).unwrap();
            }
            Link(kind, name, target) => {
                let mut header = header(*kind, name, 0);
                header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
                header.set_cksum();
                tar.append(&header, std::io::empty()).unwrap();
            }
            Other(kind, name) => {
                let mut header = header(*kind, name, 0);
                header.set_cksum();
                tar.append(&header, std::io::empty()).unwrap();
            }
        }
    }
    tar.into_inner().unwrap()
}

fn unpacked(bytes: &[u8], format: ArchiveFormat, limits: Limits) -> (TempDir, io::Result<()>) {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    fs::write(&archive, bytes).unwrap();
    let result = unpack(&archive, format, &dir.path().join("in/out"), limits);
    (dir, result)
}

const TAR: ArchiveFormat = ArchiveFormat::Tar(Compression::None);

#[test]
fn kinds_are_known_by_name() {
    let of = |path| ArchiveFormat::of_path(path);
    assert_eq!(of("/x/y.zip"), Some(ArchiveFormat::Zip));
    assert_eq!(of("y.tar.gz"), of("y.tgz"));
    assert_eq!(of("y.tar.zst"), Some(ArchiveFormat::Tar(Compression::Zstd)));
    assert_eq!((of("zip"), of("y.gz"), of("xzip")), (None, None, None));
    assert_eq!(ArchiveFormat::by_name("tar.bz2"), of("y.tbz2"));
    assert_eq!(ArchiveFormat::by_name("rar"), None);
}

#[test]
fn every_compression_is_unpacked() {
    let tar = tar_of(&[F("./a/main.tf", "x"), F("b.txt", "y"), F("b.txt", "z")]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&tar).unwrap();
    let zst =
        ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest);
    for (bytes, compression) in [
        (tar.clone(), Compression::None),
        (gz.finish().unwrap(), Compression::Gzip),
        (bz.finish().unwrap(), Compression::Bzip2),
        (zst, Compression::Zstd),
    ] {
        let format = ArchiveFormat::Tar(compression);
        let (dir, result) = unpacked(&bytes, format, Limits::default());
        result.unwrap_or_else(|error| panic!("{compression:?}: {error}"));
        let read = |name: &str| fs::read_to_string(dir.path().join("in/out").join(name)).unwrap();
        assert_eq!((read("a/main.tf"), read("b.txt")), ("x".into(), "z".into()));
        assert_eq!(ArchiveFormat::of_content(&dir.path().join("archive")).unwrap(), Some(format));
    }
}

/// An archive with one file, compressed by the original program.
const XZ: &[u8] = &[
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
    0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0xe0, 0x27, 0xff, 0x00, 0x5b, 0x5d, 0x00, 0x36,
    0x98, 0x49, 0x72, 0x85, 0x02, 0xd2, 0xe8, 0xe1, 0x4c, 0xd4, 0x3a, 0x4d, 0xc4, 0xc5, 0xa8, 0xb5,
    0x6c, 0xd1, 0x45, 0x5c, 0x23, 0xe7, 0x79, 0x13, 0x67, 0xf9, 0x7e, 0xe3, 0x0c, 0x83, 0xcc, 0x63,
    0xb9, 0x91, 0x4c, 0x0f, 0x1a, 0x26, 0x91, 0x44, 0xcf, 0xb3, 0xf4, 0x3c, 0x80, 0x93, 0x3e, 0xa3,
    0xd8, 0xf3, 0xf3, 0x6e, 0xc0, 0x26, 0xf0, 0xca, 0x85, 0x21, 0x61, 0x68, 0x68, 0x2b, 0x51, 0x91,
    0x03, 0x05, 0xc5, 0x49, 0x5b, 0x73, 0x79, 0x03, 0xbd, 0x14, 0x49, 0x40, 0x47, 0x11, 0x41, 0xdc,
    0xf9, 0xac, 0x2e, 0x5e, 0xdf, 0xb5, 0xbf, 0x88, 0x60, 0x00, 0x00, 0x00, 0x5e, 0xf6, 0x1d, 0xd5,
    0x94, 0xa0, 0xfd, 0xf2, 0x00, 0x01, 0x77, 0x80, 0x50, 0x00, 0x00, 0x00, 0x94, 0x56, 0x99, 0xaf,
    0xb1, 0xc4, 0x67, 0xfb, 0x02, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
];

#[test]
fn what_would_be_written_elsewhere_is_refused() {
    let (link, hard) = (EntryType::Symlink, EntryType::Link);
    for entries in [
        &[F("../evil", "x")][..],
        &[F("/evil", "x")],
        &[F("a/../../evil", "x")],
        &[F("a\\..\\evil", "x")],
        &[Link(link, "l", "..")],
        &[Link(link, "l", "/etc")],
        &[Link(link, "a/l", "../../evil")],
        &[Link(hard, "l", "../archive")],
        &[Link(hard, "l", "/etc/passwd")],
        &[Link(hard, "l", "missing")],
        // By their texts both stay inside, but one leads through the other.
        &[
            F("x", ""),
            F("a/b/c", ""),
            Link(link, "a/b/up", "../.."),
            Link(link, "out", "a/b/up/.."),
        ],
        &[Other(EntryType::Block, "d")],
        &[Other(EntryType::Char, "d")],
        &[Other(EntryType::Fifo, "d")],
    ] {
        let (dir, result) = unpacked(&tar_of(entries), TAR, Limits::default());
        assert!(result.is_err(), "{:?}", String::from_utf8_lossy(&tar_of(entries)[..60]));
        assert!(!dir.path().join("evil").exists() && !dir.path().join("in/evil").exists());
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_and_links_inside_are_kept() {
    let entries = [
        F("real/file", "x"),
        Link(EntryType::Symlink, "to", "real/file"),
        Link(EntryType::Symlink, "nowhere", "missing"),
        Link(EntryType::Link, "hard", "real/file"),
    ];
    let (dir, result) = unpacked(&tar_of(&entries), TAR, Limits::default());
    result.unwrap();
    let out = dir.path().join("in/out");
    assert_eq!(fs::read_link(out.join("to")).unwrap(), Path::new("real/file"));
    assert_eq!(fs::read_to_string(out.join("hard")).unwrap(), "x");
    assert!(fs::symlink_metadata(out.join("nowhere")).is_err());

    let through = [Link(EntryType::Symlink, "d", "real"), F("d/file", "y"), F("real/file", "x")];
    let (_, result) = unpacked(&tar_of(&through), TAR, Limits::default());
    assert!(result.is_err(), "the link would stand where a folder is");
}

#[test]
fn archives_that_hold_too_much_are_refused() {
    let tar = tar_of(&[F("a", "12345"), F("b", "67890")]);
    let limits = |entries, bytes| Limits { entries, bytes };
    assert!(unpacked(&tar, TAR, limits(2, 10)).1.is_ok());
    assert!(unpacked(&tar, TAR, limits(1, 10)).1.is_err());
    assert!(unpacked(&tar, TAR, limits(2, 9)).1.is_err());
    let copies = tar_of(&[F("a", "12345"), Link(EntryType::Link, "b", "a")]);
    assert!(unpacked(&copies, TAR, limits(2, 9)).1.is_err());

    let dir = tempfile::tempdir().unwrap();
    let bomb = dir.path().join("bomb.zip");
    zip_of(&bomb, &[("zeros", &"\0".repeat(1 << 20), 0o644)]);
    assert!(fs::metadata(&bomb).unwrap().len() < 10_000);
    let into = dir.path().join("out");
    assert!(unpack(&bomb, ArchiveFormat::Zip, &into, limits(9, 1 << 19)).is_err());
}

#[test]
fn zip_archives_are_held_to_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("a.zip");
    for name in ["../evil", "/evil", "a\\b"] {
        zip_of(&archive, &[(name, "x", 0o644)]);
        let result = unpack(&archive, ArchiveFormat::Zip, &dir.path().join("o"), Limits::default());
        assert!(result.is_err(), "{name}");
    }
    zip_of(&archive, &[("d/", "", 0o755), ("d/run.sh", "x", 0o755)]);
    let into = dir.path().join("good");
    unpack(&archive, ArchiveFormat::Zip, &into, Limits::default()).unwrap();
    assert_eq!(fs::read_to_string(into.join("d/run.sh")).unwrap(), "x");
}

#[test]
fn xz_is_unpacked() {
    let (dir, result) = unpacked(XZ, ArchiveFormat::Tar(Compression::Xz), Limits::default());
    result.unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("in/out/main.tf")).unwrap(), "x");
}

#[test]
fn broken_archives_are_errors() {
    for format in NAMES.map(|(_, format)| format) {
        assert!(unpacked(b"not an archive at all", format, Limits::default()).1.is_err());
    }
    assert!(unpacked(&XZ[..40], ArchiveFormat::Tar(Compression::Xz), Limits::default()).1.is_err());
}
