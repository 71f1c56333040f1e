/** The module's address, for the option `detector.module`. */
export declare const moduleUrl: () => string;
