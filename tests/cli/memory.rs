//! How much memory large pictures take.

use super::TINY;
use image::codecs::jpeg::JpegEncoder;
use image::{GenericImageView, Rgb};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const SIDE: u32 = 10_000;

/// A picture that is computed, not held.
struct Stripes;

impl GenericImageView for Stripes {
    type Pixel = Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        (SIDE, SIDE)
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        Rgb([(x / 40) as u8, (y / 40) as u8, 90])
    }
}

fn write_png(path: &Path) {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer().unwrap();
    let mut row = Vec::new();
    for y in 0..SIDE {
        row.clear();
        (0..SIDE).for_each(|x| row.extend(Stripes.get_pixel(x, y).0));
        stream.write_all(&row).unwrap();
    }
    stream.finish().unwrap();
}

/// The most memory that the program had while it encoded `picture`, in bytes.
#[allow(clippy::zombie_processes, reason = "wait4 waits for it")]
fn peak(picture: &Path, out: &Path) -> u64 {
    let child = Command::new(env!("CARGO_BIN_EXE_soda"))
        .args(["encode", "--model", TINY, "--data"])
        .arg(picture)
        .arg("--out")
        .arg(out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut status = 0;
    // SAFETY: both are plain data, valid as zeros, and the child is waited for nowhere else.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let id = child.id() as libc::pid_t;
        assert_eq!(libc::wait4(id, &mut status, 0, &mut usage), id);
        usage
    };
    assert_eq!(status, 0, "{}", picture.display());
    // Linux counts in units of 1024 bytes.
    usage.ru_maxrss as u64 * 1024
}

#[test]
fn a_picture_of_a_hundred_megapixels_never_lies_in_memory_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (small, png, jpeg) = (path("small.png"), path("large.png"), path("large.jpg"));
    image::RgbImage::new(64, 64).save(&small).unwrap();
    write_png(&png);
    let mut file = BufWriter::new(File::create(&jpeg).unwrap());
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 60);
    encoder.encode_image(&Stripes).unwrap();
    file.flush().unwrap();
    let least = peak(&small, &path("z"));
    for picture in [png, jpeg] {
        let length = std::fs::metadata(&picture).unwrap().len();
        let more = peak(&picture, &path("z")).saturating_sub(least + 3 * length);
        println!(
            "{}: {more} bytes beside its own {length}",
            picture.display()
        );
        // Decoded it has 300 MB.
        assert!(more < 60 << 20, "{more} bytes for {}", picture.display());
    }
}

#[test]
fn an_idx_file_of_half_a_gigabyte_never_lies_in_memory_whole() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, count: u32| {
        let path = folder.path().join(name);
        let file = BufWriter::new(File::create(&path).unwrap());
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gzip.write_all(&[0, 0, 8, 3]).unwrap();
        for size in [count, 1024, 1024] {
            gzip.write_all(&size.to_be_bytes()).unwrap();
        }
        for i in 0..count {
            gzip.write_all(&vec![i as u8; 1 << 20]).unwrap();
        }
        gzip.finish().unwrap().flush().unwrap();
        path
    };
    let least = peak(
        &write("few-images-idx3-ubyte.gz", 16),
        &folder.path().join("z"),
    );
    let most = peak(
        &write("many-images-idx3-ubyte.gz", 512),
        &folder.path().join("z"),
    );
    let more = most.saturating_sub(least);
    println!("{more} bytes more for 512 pictures of a megabyte than for 16");
    // Some wait to be decoded, with four bytes a pixel.
    assert!(more < 256 << 20, "{more} bytes");
}
