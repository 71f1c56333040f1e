// Every environment of the matrix.
import { nextEnvironments, parcel, webpack } from "./bundlers.mjs";
import { plainBundlers } from "./plain_bundlers.mjs";
import { vite } from "./vite.mjs";

export const environments = [...vite, ...webpack, ...nextEnvironments, ...plainBundlers, ...parcel];
