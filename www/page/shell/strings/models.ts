/** What is said of models: their cards, their files, and those kept in the browser. */
export const say = {
  title: 'Models',
  details: 'Details',
  use: 'Use this model',
  inUse: 'In use',
  open: 'Open a model from files',
  openHint:
    'config.json together with model.safetensors, or a zip file of both. It is kept in this ' +
    'browser.',
  size: 'Pictures',
  pixels: (size: number) => `${String(size)} × ${String(size)} pixels`,
  latent: 'Latent',
  numbers: (groups: readonly number[]) =>
    `${String(groups.reduce((sum, each) => sum + each, 0))} numbers, in groups of ` +
    groups.join(', '),
  parameters: 'Parameters',
  millions: (count: number) => `${(count / 1e6).toFixed(2)} million`,
  weights: 'Weights',
  megabytes: (bytes: number | undefined) =>
    bytes === undefined ? undefined : `${(bytes / 1e6).toFixed(1)} MB`,
  steps: 'Training steps',
  data: 'Data',
  dataLicence: 'Licence of the data',
  licence: 'Licence',
  learnt: 'Trained here',
  lesson: (base: string, pictures: number, steps: number) =>
    `${String(pictures)} pictures in ${String(steps)} steps, from ${base}`,
  card: 'Model card',
  readCard: 'Read the model card',

  rename: 'Rename',
  newName: (name: string) => `New name of ${name}`,
  save: 'Save',
  keepName: 'Cancel',
  download: 'Download both files',
  saved: (file: string) => `Saved ${file}`,
  remove: 'Delete',
  sure: 'Delete for good?',
  removed: (name: string) => `${name} is deleted`,
  failed: (message: string) => `Something went wrong: ${message}.`,

  noModel:
    'these are not the files of a model; choose config.json together with model.safetensors, or ' +
    'a zip file of both',
  noWeights: 'model.safetensors is missing; choose it together with config.json',
  noConfig: 'config.json is missing; choose it together with model.safetensors',
  noJson: (file: string) =>
    `${file} is not JSON; choose the config.json that belongs to the weights`,
  notInArchive: (archive: string, file: string) =>
    `${archive} holds no ${file}; a zip file of a model has config.json and model.safetensors ` +
    `in it`,
  noArchive: (file: string) => `${file} is not a zip file that can be read`,
} as const;
