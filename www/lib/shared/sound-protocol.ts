/** Where the parts of the sounds' module are. */
export interface SoundUrls {
  module: string;
  wasm: string;
}

type Samples = Float32Array<ArrayBuffer>;

/** Jobs of the sounds' worker, by kind. Samples are at 16 kHz; pictures are RGBA of 64 × 64. */
export interface SoundJobs {
  note: { request: { urls: SoundUrls; kind: string }; result: Samples };
  excerpt: { request: { urls: SoundUrls; samples: Float32Array }; result: Samples };
  spectrogram: {
    request: { urls: SoundUrls; samples: Float32Array };
    result: Uint8ClampedArray<ArrayBuffer>;
  };
  sound: { request: { urls: SoundUrls; rgba: Uint8ClampedArray }; result: Samples };
  wav: {
    request: { urls: SoundUrls; samples: Float32Array };
    result: Uint8Array<ArrayBuffer>;
  };
}
