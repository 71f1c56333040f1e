//! Frames: what is accepted, what is refused, and that no accepted frame reads out of bounds.

mod common;

use common::{pattern, to_i420};
use face_vision::{
    ColorMatrix, ColorSpace, FrameError, FrameView, MAX_FRAME_SIDE, PixelFormat, PlaneLayout,
    frame_to_rgb,
};
use proptest::prelude::*;

fn plane(offset: usize, stride: usize) -> PlaneLayout {
    PlaneLayout { offset, stride }
}

#[test]
fn sizes_strides_and_lengths_are_checked() {
    let bytes = [0; 64];
    let size = |width, height| FrameView::rgb(&bytes, width, height, 12).map(|_| ()).unwrap_err();
    assert_eq!(size(0, 4), FrameError::Size { width: 0, height: 4 });
    assert_eq!(size(4, 0), FrameError::Size { width: 4, height: 0 });
    let long = MAX_FRAME_SIDE + 1;
    assert_eq!(size(long, 1), FrameError::Size { width: long, height: 1 });
    assert_eq!(size(5, 1), FrameError::Stride { plane: 0, stride: 12, row: 15 });
    assert_eq!(size(4, 6), FrameError::TooShort { plane: 0, needed: 72, present: 64 });
    let endless = FrameView::rgba(&bytes, 4, 4, usize::MAX).map(|_| ()).unwrap_err();
    assert_eq!(endless, FrameError::TooShort { plane: 0, needed: usize::MAX, present: 64 });
    // The last row needs no padding after it.
    assert!(FrameView::rgb(&bytes[..3 * 20 + 3], 1, 4, 20).is_ok());

    let color = ColorSpace::default();
    let i420 = |planes| FrameView::i420(&bytes, 5, 5, planes, color).map(|frame| frame.format());
    assert_eq!(i420([plane(0, 5), plane(25, 3), plane(34, 3)]), Ok(PixelFormat::I420));
    assert_eq!(
        i420([plane(0, 5), plane(25, 2), plane(34, 3)]),
        Err(FrameError::Stride { plane: 1, stride: 2, row: 3 })
    );
    let behind = Err(FrameError::TooShort { plane: 2, needed: 65, present: 64 });
    assert_eq!(i420([plane(0, 5), plane(25, 3), plane(56, 3)]), behind);
    let nv12 = |planes| FrameView::nv12(&bytes, 5, 5, planes, color).map(|frame| frame.format());
    assert_eq!(nv12([plane(0, 5), plane(25, 6)]), Ok(PixelFormat::Nv12));
    assert_eq!(
        nv12([plane(0, 5), plane(25, 5)]),
        Err(FrameError::Stride { plane: 1, stride: 5, row: 6 })
    );
    let overflow =
        FrameView::nv12(&bytes, 5, 5, [plane(usize::MAX, 5), plane(25, 6)], color).map(|_| ());
    assert!(matches!(overflow, Err(FrameError::TooShort { plane: 0, .. })));
}

#[test]
fn every_format_converts_to_the_same_picture() {
    let picture = pattern(33, 21);
    assert_eq!(frame_to_rgb(&picture.view()), picture.rgb);
    let rgba: Vec<u8> = picture.rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 9]).collect();
    let view = FrameView::rgba(&rgba, 33, 21, 33 * 4).expect("sizes fit");
    assert_eq!(frame_to_rgb(&view), picture.rgb);
    // Grey survives halved chroma; every grey level comes back within rounding.
    let grey = common::Picture {
        rgb: (0..33 * 21).flat_map(|i| [(i % 256) as u8; 3]).collect(),
        width: 33,
        height: 21,
    };
    for (matrix, full_range) in
        [(ColorMatrix::Bt601, true), (ColorMatrix::Bt601, false), (ColorMatrix::Bt709, false)]
    {
        let yuv = to_i420(&grey, ColorSpace { matrix, full_range }, 2);
        let back = frame_to_rgb(&yuv.view(33, 21));
        assert!(back.iter().zip(&grey.rgb).all(|(a, b)| a.abs_diff(*b) <= 1));
        let (bytes, planes) = yuv.to_nv12(33, 21);
        let nv12 = FrameView::nv12(&bytes, 33, 21, planes, yuv.color).expect("sizes fit");
        assert_eq!(frame_to_rgb(&nv12), back);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_layout_can_be_read(
        (width, height) in (0u32..40, 0u32..40),
        length in 0usize..4000,
        layout in prop::array::uniform3((0usize..2000, 0usize..80)),
    ) {
        let bytes = vec![90; length];
        let planes = layout.map(|(offset, stride)| plane(offset, stride));
        let color = ColorSpace::default();
        let frames = [
            FrameView::rgb(&bytes, width, height, planes[0].stride),
            FrameView::rgba(&bytes, width, height, planes[0].stride),
            FrameView::i420(&bytes, width, height, planes, color),
            FrameView::nv12(&bytes, width, height, [planes[0], planes[1]], color),
        ];
        for frame in frames.into_iter().flatten() {
            prop_assert_eq!(frame_to_rgb(&frame).len(), (width * height * 3) as usize);
        }
    }
}
