//! The public face of the crate `inventory`, as far as tract uses it: [`collect!`], [`submit!`] and
//! [`iter`].
//!
//! What is submitted is named by a constructor that runs before `main`, so no linker can drop it, nor
//! what it names in turn: by registering its default runtime, tract makes every operator and every
//! optimisation a part of every program. Natively this crate registers as the original does. On wasm
//! it does so only with the feature `wasm`; a module that wires its own operators looks nothing up,
//! and is far smaller without.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

/// A type whose values can be submitted; [`collect!`] implements it.
pub trait Collect: Sync + Sized + 'static {
    #[doc(hidden)]
    fn registry() -> &'static Registry<Self>;
}

/// All values of a type.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registry<T: 'static>(Mutex<Vec<&'static T>>);

impl<T: 'static> Registry<T> {
    #[doc(hidden)]
    #[allow(clippy::new_without_default, reason = "only the macro makes one")]
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

#[doc(hidden)]
pub fn register<T: Collect>(value: &'static T) {
    let mut values = T::registry().0.lock().unwrap_or_else(PoisonError::into_inner);
    // Linkers of wasm may run constructors again at every call of an export.
    if !values.iter().any(|known| std::ptr::eq(*known, value)) {
        values.push(value);
    }
}

/// All values submitted of a type, in no particular order: `iter::<T>` is iterated over or called.
#[allow(non_camel_case_types, reason = "the original's name, both of a value and of a function")]
#[derive(Debug)]
pub enum Submitted<T> {
    #[doc(hidden)]
    Never(Infallible, PhantomData<fn() -> T>),
    /// The only value there is.
    iter,
}

pub use Submitted::iter;

type Values<T> = std::vec::IntoIter<&'static T>;

fn values<T: Collect>() -> Values<T> {
    T::registry().0.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter()
}

impl<T: Collect> IntoIterator for Submitted<T> {
    type Item = &'static T;
    type IntoIter = Values<T>;

    fn into_iter(self) -> Values<T> {
        values()
    }
}

impl<T: Collect> Deref for Submitted<T> {
    type Target = fn() -> Values<T>;

    fn deref(&self) -> &Self::Target {
        &(values as fn() -> Values<T>)
    }
}

/// Lets values of a type of the calling crate be submitted.
#[macro_export]
macro_rules! collect {
    ($type:ty) => {
        impl $crate::Collect for $type {
            fn registry() -> &'static $crate::Registry<Self> {
                static REGISTRY: $crate::Registry<$type> = $crate::Registry::new();
                &REGISTRY
            }
        }
    };
}

/// Submits a constant expression whose type is collected; belongs outside of functions.
#[cfg(any(not(target_family = "wasm"), feature = "wasm"))]
#[macro_export]
macro_rules! submit {
    ($($value:tt)*) => {
        const _: () = {
            extern "C" fn submit() {
                $crate::register(const { &{ $($value)* } })
            }
            #[used]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".init_array")
            )]
            #[cfg_attr(
                target_vendor = "apple",
                unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs")
            )]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
            static CONSTRUCTOR: extern "C" fn() = submit;
        };
    };
}

/// Submits nothing: see the crate's documentation.
#[cfg(all(target_family = "wasm", not(feature = "wasm")))]
#[macro_export]
macro_rules! submit {
    ($($value:tt)*) => {};
}

#[cfg(test)]
mod tests {
    struct Kernel {
        name: &'static str,
        run: fn(u32) -> u32,
    }

    crate::collect!(Kernel);
    crate::submit! {
        Kernel { name: "double", run: |x| 2 * x }
    }
    crate::submit! {
        Kernel {
            name: "square",
            run: {
                fn square(x: u32) -> u32 {
                    x * x
                }
                square
            },
        }
    }

    struct Nothing;
    crate::collect!(Nothing);

    #[test]
    fn what_is_submitted_is_there_before_main() {
        let mut found: Vec<_> =
            crate::iter::<Kernel>().map(|kernel| (kernel.name, (kernel.run)(5))).collect();
        found.sort_unstable();
        assert_eq!(found, [("double", 10), ("square", 25)]);
        assert_eq!(crate::iter::<Kernel>.into_iter().count(), 2);
        assert_eq!(crate::iter::<Nothing>().count(), 0);
    }

    #[test]
    fn a_constructor_that_runs_again_changes_nothing() {
        static AGAIN: Nothing2 = Nothing2;
        struct Nothing2;
        crate::collect!(Nothing2);
        crate::register(&AGAIN);
        crate::register(&AGAIN);
        assert_eq!(crate::iter::<Nothing2>().count(), 1);
    }
}
