import * as server from "liveness-capture/server";

// Whatever it has is typed: an `any` would be assignable to `never`.
type Untyped = 0 extends 1 & typeof server ? true : false;
export const typed: false = false as Untyped;
export const names: (keyof typeof server)[] = [];
