//! A detected face as a row of numbers: the cheapest way out of the worker.

/// Numbers per face.
pub const NUMBERS_PER_FACE: usize = 17;

/// One face, in pixels of its frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceRecord {
    /// The detector's confidence, 0 to 1.
    pub score: f32,
    /// Left edge, top edge, width, height.
    pub bbox: [f32; 4],
    /// x and y of right eye, left eye, nose tip, mouth centre, right ear, left ear; NaN for points the
    /// detector does not mark.
    pub keypoints: [[f32; 2]; 6],
}

impl FaceRecord {
    /// Appends the face's numbers.
    pub fn write(&self, numbers: &mut Vec<f32>) {
        numbers.push(self.score);
        numbers.extend(self.bbox);
        numbers.extend(self.keypoints.iter().flatten());
    }

    /// The faces in a row of numbers; an incomplete last one is skipped.
    pub fn read(numbers: &[f32]) -> impl Iterator<Item = Self> {
        let (faces, _rest) = numbers.as_chunks::<NUMBERS_PER_FACE>();
        faces.iter().map(|&[score, x, y, width, height, ref points @ ..]| {
            let (pairs, _none) = points.as_chunks::<2>();
            let mut keypoints = [[f32::NAN; 2]; 6];
            for (keypoint, pair) in keypoints.iter_mut().zip(pairs) {
                *keypoint = *pair;
            }
            Self { score, bbox: [x, y, width, height], keypoints }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let face = |score: f32| FaceRecord {
            score,
            bbox: [1.0, 2.0, 3.0, 4.0],
            keypoints: std::array::from_fn(|i| [i as f32, -(i as f32)]),
        };
        let mut numbers = Vec::new();
        face(0.5).write(&mut numbers);
        face(0.75).write(&mut numbers);
        assert_eq!(numbers.len(), 2 * NUMBERS_PER_FACE);
        assert_eq!(FaceRecord::read(&numbers).collect::<Vec<_>>(), [face(0.5), face(0.75)]);
        numbers.pop();
        assert_eq!(FaceRecord::read(&numbers).collect::<Vec<_>>(), [face(0.5)]);
        assert_eq!(FaceRecord::read(&[]).count(), 0);
    }
}
