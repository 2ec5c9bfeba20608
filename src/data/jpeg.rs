//! Whether a JPEG file holds all of its picture (ISO/IEC 10918-1, annex B).
//!
//! Decoders fill what is missing with grey and say nothing. An end marker tells that all is there;
//! whatever stands after it, such as a film, does not matter. Files without one are common, too,
//! and browsers show them: they are whole if every coefficient has been sent and nothing that could
//! follow would change a pixel.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader};

/// What a file holds up to its end, or up to where it stops being a JPEG.
#[derive(Default)]
struct Walk {
    /// Identifiers of the frame's components.
    components: Vec<u8>,
    progressive: bool,
    /// For each component the bits still to come of each coefficient, none where it was not sent.
    sent: BTreeMap<u8, [Option<u8>; 64]>,
    /// Where the data end of the scan after which every coefficient has been sent. What follows may
    /// look like more of it by chance.
    all_sent: Option<usize>,
    has_end: bool,
}

/// The bytes to decode, if nothing of the picture is missing.
pub(super) fn whole(jpeg: &[u8]) -> Option<Cow<'_, [u8]>> {
    let walk = walk(jpeg);
    if walk.has_end {
        return Some(jpeg.into());
    }
    let picture = &jpeg[..walk.all_sent?];
    (!depends_on_more(picture)).then(|| [picture, END].concat().into())
}

/// The end marker.
const END: &[u8] = &[0xff, 0xd9];

impl Walk {
    fn is_all_sent(&self) -> bool {
        let is_sent = |component: &u8| match self.sent.get(component) {
            Some(sent) if self.progressive => sent.iter().all(|&bits| bits == Some(0)),
            sent => sent.is_some(),
        };
        !self.components.is_empty() && self.components.iter().all(is_sent)
    }

    /// Take note of a start of frame: precision, height, width, then the components.
    fn frame(&mut self, marker: u8, body: &[u8]) {
        self.progressive = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
        let count = body.get(5).copied().unwrap_or(0).into();
        let components = body.get(6..).unwrap_or_default().chunks(3);
        self.components = components.take(count).map(|part| part[0]).collect();
    }

    /// Take note of a scan: its components, then the coefficients and bits that it sends.
    fn scan(&mut self, body: &[u8]) {
        let count = usize::from(body.first().copied().unwrap_or(0));
        let Some(&[first, last, bits]) = body.get(1 + 2 * count..4 + 2 * count) else {
            return;
        };
        for component in body[1..1 + 2 * count].chunks(2).map(|part| part[0]) {
            let sent = self.sent.entry(component).or_insert([None; 64]);
            for k in first..=last.min(63) {
                sent[usize::from(k)] = Some(bits & 0x0f);
            }
        }
    }
}

/// Go from segment to segment.
fn walk(jpeg: &[u8]) -> Walk {
    let mut walk = Walk::default();
    let mut at = 2;
    loop {
        // Any number of FF may stand before a marker.
        if jpeg.get(at) != Some(&0xff) {
            return walk;
        }
        while jpeg.get(at) == Some(&0xff) {
            at += 1;
        }
        let Some(&marker) = jpeg.get(at) else {
            return walk;
        };
        at += 1;
        match marker {
            0xd9 => {
                walk.has_end = true;
                return walk;
            }
            0x01 | 0xd0..=0xd8 => continue,
            0xc0..=0xcf | 0xda..=0xdf | 0xe0..=0xef | 0xfe => {}
            _ => return walk,
        }
        let length = match jpeg.get(at..at + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return walk,
        };
        let Some(body) = jpeg.get(at + 2..at + length.max(2)) else {
            return walk;
        };
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => walk.frame(marker, body),
            0xda => walk.scan(body),
            _ => {}
        }
        at += length.max(2);
        if marker == 0xda {
            at = end_of_scan(jpeg, at);
            if walk.all_sent.is_none() && walk.is_all_sent() {
                walk.all_sent = Some(at.min(jpeg.len()));
            }
        }
    }
}

/// Where the data of a scan that begin at `at` end: at a marker other than a restart, or with the
/// file.
fn end_of_scan(jpeg: &[u8], at: usize) -> usize {
    let data = jpeg.get(at..).unwrap_or_default();
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    let end = data.windows(2).position(is_end);
    end.map_or(jpeg.len(), |end| at + end)
}

/// Whether what follows `jpeg` would change its pixels: its data end before its picture does.
fn depends_on_more(jpeg: &[u8]) -> bool {
    // Any data without a marker; a long period, so that it looks like no picture.
    let more: Vec<u8> = (1u32..=8192)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .map(|byte| byte.min(0xfe))
        .collect();
    let read = |parts: &[&[u8]]| -> Option<DynamicImage> {
        let bytes = parts.concat();
        let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
        reader.limits(super::limits::limits(ImageFormat::Jpeg));
        reader.decode().ok()
    };
    match (read(&[jpeg, END]), read(&[jpeg, &more, END])) {
        (Some(alone), Some(followed)) => alone.as_bytes() != followed.as_bytes(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn is_whole(jpeg: &[u8]) -> bool {
        whole(jpeg).is_some()
    }

    fn picture() -> Vec<u8> {
        let noise = RgbImage::from_fn(64, 48, |x, y| {
            let v = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
            Rgb([(v >> 8) as u8, (v >> 16) as u8, (v >> 24) as u8])
        });
        let mut bytes = Cursor::new(Vec::new());
        noise.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_stands_after_a_picture_does_not_matter() {
        let whole = picture();
        // A film has both markers by chance, in either order.
        for film in [
            &b"ftyp\xff\xda..\xff\xd9.."[..],
            b"..\xff\xd9..\xff\xda....",
            b"\0",
        ] {
            assert!(is_whole(&[&whole, film].concat()));
        }
        assert!(is_whole(&whole));
    }

    #[test]
    fn a_picture_without_an_end_marker_is_whole_if_its_pixels_are() {
        let whole_file = picture();
        let bare = &whole_file[..whole_file.len() - 2];
        assert!(is_whole(bare));
        // A trailer right behind the data of the scan, with bytes that look like markers.
        let trailers = [
            &b"SEFH trailer \xff\x42 \xff\x00 and more"[..],
            b"..\xff\xc2\0\x11\x08\0\x08\0\x08\x01\x07...",
            b"..\xff\xda\0\x08\x01\x01\0\x01\x3f\0..",
        ];
        let decoded = |bytes: &[u8]| super::super::decode(bytes, "x.jpg", 8).unwrap();
        for trailer in trailers {
            let bytes = [bare, trailer].concat();
            assert!(decoded(&bytes) == decoded(&whole_file), "{trailer:?}");
        }
        for part in 1..20 {
            let cut = &whole_file[..whole_file.len() * part / 20];
            assert!(!is_whole(cut), "{part}/20 of it");
        }
        // Cut by less than a block still misses something.
        assert!(!is_whole(&whole_file[..whole_file.len() - 40]));
    }

    #[test]
    fn a_scan_that_is_missing_is_told_from_the_header() {
        // Two components; of the second the lowest bit of the later coefficients never comes.
        let mut walk = Walk::default();
        walk.frame(0xc2, &[8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0]);
        walk.scan(&[2, 1, 0, 2, 0, 0, 0, 0]);
        walk.scan(&[1, 1, 0, 1, 63, 0]);
        walk.scan(&[1, 2, 0, 1, 63, 0x01]);
        assert!(!walk.is_all_sent());
        walk.scan(&[1, 2, 0, 1, 63, 0x10]);
        assert!(walk.is_all_sent());
    }

    #[test]
    fn any_bytes_are_walked_to_an_end() {
        for bytes in [
            &b""[..],
            b"\xff",
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xda",
            b"\xff\xd8\xff\xc0\0",
        ] {
            assert!(!is_whole(bytes));
        }
    }
}
