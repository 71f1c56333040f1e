//! Where the network looks: the centres its outputs are relative to.

/// The network's square input, in pixels.
pub(crate) const INPUT_SIDE: usize = 128;

/// Number of anchors, hence rows of the outputs.
pub(crate) const ANCHORS: usize = 16 * 16 * 2 + 8 * 8 * 6;

/// Grids in the order of the network's rows: cells along a side, anchors in each cell.
///
/// MediaPipe's `SsdAnchorsCalculator` with strides 8, 16, 16, 16 and one interpolated scale each:
/// two anchors a cell on the fine grid, and three times two on the coarse one.
const GRIDS: [(usize, usize); 2] = [(16, 2), (8, 6)];

/// Centres of all anchors as fractions of the input's side; their size is fixed to 1.
pub(crate) fn anchors() -> Vec<[f32; 2]> {
    let mut anchors = Vec::with_capacity(ANCHORS);
    for (cells, per_cell) in GRIDS {
        for y in 0..cells {
            for x in 0..cells {
                let centre = [x, y].map(|cell| (cell as f32 + 0.5) / cells as f32);
                anchors.extend([centre].repeat(per_cell));
            }
        }
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_the_grids() {
        let anchors = anchors();
        assert_eq!(anchors.len(), ANCHORS);
        assert_eq!(anchors[0], [0.03125, 0.03125]);
        assert_eq!(anchors[1], anchors[0]);
        assert_eq!(anchors[2], [0.09375, 0.03125]);
        assert_eq!(anchors[511], [0.96875, 0.96875]);
        assert_eq!(anchors[512], [0.0625, 0.0625]);
        assert_eq!(anchors[517], anchors[512]);
        assert_eq!(anchors[518], [0.1875, 0.0625]);
        assert_eq!(anchors[895], [0.9375, 0.9375]);
    }
}
