//! The part of the TensorFlow Lite flatbuffer schema (`schema.fbs`, version 3) the converter reads.
//!
//! Every table is verified before it is read: `flatbuffers::root` walks the whole tree through
//! [`Verifiable`], so the accessors below only ever see offsets that lie inside the file.

use flatbuffers::{
    Follow, ForwardsUOffset, InvalidFlatbuffer, Table, VOffsetT, Vector, Verifiable, Verifier,
};

/// Position in the vtable of the field with this number in the schema.
const fn slot(field: VOffsetT) -> VOffsetT {
    4 + 2 * field
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty = $number:literal,)* } $($union:path)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name<'a>(Table<'a>);

        impl<'a> Follow<'a> for $name<'a> {
            type Inner = Self;
            unsafe fn follow(buffer: &'a [u8], position: usize) -> Self {
                // SAFETY: the caller vouches for a table at `position`, as `Follow` requires.
                Self(unsafe { Table::new(buffer, position) })
            }
        }

        impl<'a> Verifiable for $name<'a> {
            fn run_verifier(verifier: &mut Verifier, position: usize) -> Result<(), InvalidFlatbuffer> {
                let table = verifier.visit_table(position)?;
                $(let table = table.visit_field::<$type>(stringify!($field), slot($number), false)?;)*
                $(let table = $union(table)?;)?
                table.finish();
                Ok(())
            }
        }

        impl<'a> $name<'a> {
            $(
                pub(super) fn $field(&self) -> Option<<$type as Follow<'a>>::Inner> {
                    // SAFETY: tables are only reached through a verified root, and `run_verifier`
                    // above checked this very slot with this very type.
                    unsafe { self.0.get::<$type>(slot($number), None) }
                }
            )*
        }
    };
}

type Tables<'a, T> = ForwardsUOffset<Vector<'a, ForwardsUOffset<T>>>;
type Numbers<'a, T> = ForwardsUOffset<Vector<'a, T>>;

table! {
    /// The file's root.
    Model {
        version: u32 = 0,
        operator_codes: Tables<'a, OperatorCode<'a>> = 1,
        subgraphs: Tables<'a, SubGraph<'a>> = 2,
        buffers: Tables<'a, Buffer<'a>> = 4,
    }
}

table! {
    /// Which operator an index stands for.
    OperatorCode {
        deprecated_builtin_code: i8 = 0,
        builtin_code: i32 = 3,
    }
}

table! {
    /// One network.
    SubGraph {
        tensors: Tables<'a, Tensor<'a>> = 0,
        inputs: Numbers<'a, i32> = 1,
        outputs: Numbers<'a, i32> = 2,
        operators: Tables<'a, Operator<'a>> = 3,
    }
}

table! {
    /// A value or a constant (when its buffer is not empty).
    Tensor {
        shape: Numbers<'a, i32> = 0,
        element_type: i8 = 1,
        buffer: u32 = 2,
        name: ForwardsUOffset<&'a str> = 3,
    }
}

table! {
    /// Raw bytes of a constant, little endian.
    Buffer {
        data: Numbers<'a, u8> = 0,
    }
}

table! {
    /// Options of `CONV_2D` and `DEPTHWISE_CONV_2D` that both keep in the same fields.
    ConvOptions {
        padding: i8 = 0,
        stride_w: i32 = 1,
        stride_h: i32 = 2,
    }
}

table! {
    /// The rest of the options of `CONV_2D`.
    Conv2dTail {
        activation: i8 = 3,
        dilation_w: i32 = 4,
        dilation_h: i32 = 5,
    }
}

table! {
    /// The rest of the options of `DEPTHWISE_CONV_2D`.
    DepthwiseTail {
        multiplier: i32 = 3,
        activation: i8 = 4,
        dilation_w: i32 = 5,
        dilation_h: i32 = 6,
    }
}

table! {
    /// Options of `MAX_POOL_2D`.
    PoolOptions {
        stride_w: i32 = 1,
        stride_h: i32 = 2,
        filter_w: i32 = 3,
        filter_h: i32 = 4,
        activation: i8 = 5,
    }
}

table! {
    /// Options of `ADD`.
    AddOptions {
        activation: i8 = 0,
    }
}

table! {
    /// Options of `CONCATENATION`.
    ConcatOptions {
        axis: i32 = 0,
        activation: i8 = 1,
    }
}

/// `BuiltinOptions` discriminants, as the schema numbers them.
mod option_kind {
    pub const CONV_2D: u8 = 1;
    pub const DEPTHWISE_CONV_2D: u8 = 2;
    pub const POOL_2D: u8 = 5;
    pub const CONCATENATION: u8 = 10;
    pub const ADD: u8 = 11;
}

const OPTIONS_TYPE: VOffsetT = slot(3);
const OPTIONS: VOffsetT = slot(4);

table! {
    /// One node of the network.
    Operator {
        opcode_index: u32 = 0,
        inputs: Numbers<'a, i32> = 1,
        outputs: Numbers<'a, i32> = 2,
        options_type: u8 = 3,
    }
    verify_options
}

fn verify_options<'v, 'o, 'b>(
    table: flatbuffers::TableVerifier<'v, 'o, 'b>,
) -> Result<flatbuffers::TableVerifier<'v, 'o, 'b>, InvalidFlatbuffer> {
    table.visit_union::<u8, _>(
        "options_type",
        OPTIONS_TYPE,
        "options",
        OPTIONS,
        false,
        |kind, v, position| {
            match kind {
                option_kind::CONV_2D => {
                    v.verify_union_variant::<ForwardsUOffset<ConvOptions>>(
                        "Conv2DOptions",
                        position,
                    )?;
                    v.verify_union_variant::<ForwardsUOffset<Conv2dTail>>("Conv2DOptions", position)
                }
                option_kind::DEPTHWISE_CONV_2D => {
                    v.verify_union_variant::<ForwardsUOffset<ConvOptions>>(
                        "DepthwiseConv2DOptions",
                        position,
                    )?;
                    v.verify_union_variant::<ForwardsUOffset<DepthwiseTail>>(
                        "DepthwiseConv2DOptions",
                        position,
                    )
                }
                option_kind::POOL_2D => v.verify_union_variant::<ForwardsUOffset<PoolOptions>>(
                    "Pool2DOptions",
                    position,
                ),
                option_kind::CONCATENATION => v
                    .verify_union_variant::<ForwardsUOffset<ConcatOptions>>(
                        "ConcatenationOptions",
                        position,
                    ),
                option_kind::ADD => {
                    v.verify_union_variant::<ForwardsUOffset<AddOptions>>("AddOptions", position)
                }
                // Options the converter never reads need no check.
                _ => Ok(()),
            }
        },
    )
}

impl<'a> Operator<'a> {
    fn options<T: Follow<'a, Inner = T> + 'a>(&self, kind: u8) -> Option<T> {
        if self.options_type() != Some(kind) {
            return None;
        }
        // SAFETY: `verify_options` checked the union's table under this discriminant, and the
        // callers below ask for the types checked there.
        unsafe { self.0.get::<ForwardsUOffset<T>>(OPTIONS, None) }
    }

    pub(super) fn conv_2d(&self) -> Option<(ConvOptions<'a>, Conv2dTail<'a>)> {
        Some((self.options(option_kind::CONV_2D)?, self.options(option_kind::CONV_2D)?))
    }

    pub(super) fn depthwise(&self) -> Option<(ConvOptions<'a>, DepthwiseTail<'a>)> {
        Some((
            self.options(option_kind::DEPTHWISE_CONV_2D)?,
            self.options(option_kind::DEPTHWISE_CONV_2D)?,
        ))
    }

    pub(super) fn pool(&self) -> Option<PoolOptions<'a>> {
        self.options(option_kind::POOL_2D)
    }

    pub(super) fn concat(&self) -> Option<ConcatOptions<'a>> {
        self.options(option_kind::CONCATENATION)
    }

    pub(super) fn add(&self) -> Option<AddOptions<'a>> {
        self.options(option_kind::ADD)
    }
}
