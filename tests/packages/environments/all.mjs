// Every environment of the matrix.
import { nextEnvironments, parcel, webpack } from "./bundlers.mjs";
import { detector } from "./detector.mjs";
import { embed } from "./embed.mjs";
import { element } from "./element.mjs";
import { experiments } from "./experiments.mjs";
import { frameworks } from "./frameworks.mjs";
import { missingFiles } from "./missing_files.mjs";
import { oldPages } from "./old_pages.mjs";
import { onServers, pages } from "./pages.mjs";
import { plainBundlers } from "./plain_bundlers.mjs";
import { contentSecurity, fromGateway, isolation, sandbox } from "./policies.mjs";
import { react } from "./react.mjs";
import { surveys } from "./surveys.mjs";
import { typescript } from "./typescript.mjs";
import { vite } from "./vite.mjs";

export const environments = [
  ...vite,
  ...webpack,
  ...nextEnvironments,
  ...parcel,
  ...plainBundlers,
  ...detector,
  ...element,
  ...react,
  ...frameworks,
  ...embed,
  ...pages,
  ...contentSecurity,
  ...isolation,
  ...fromGateway,
  ...oldPages,
  ...surveys,
  ...experiments,
  ...sandbox,
  ...missingFiles,
  ...onServers,
  ...typescript,
];
