/** What is said of models: their cards, their files, and those kept in the browser. */
export const say = {
  rename: 'Rename',
  newName: (name: string) => `New name of ${name}`,
  save: 'Save',
  keepName: 'Cancel',
  download: 'Download both files',
  saved: (file: string) => `Saved ${file}`,
  remove: 'Delete',
  sure: 'Delete for good?',
  removed: (name: string) => `${name} is deleted`,
  failed: (message: string) => `That did not work: ${message}.`,

  noModel: 'these are not the files of a model; choose config.json together with model.safetensors, or a zip file of both',
  noWeights: 'model.safetensors is missing; choose it together with config.json',
  noConfig: 'config.json is missing; choose it together with model.safetensors',
  noJson: (file: string) => `${file} is not JSON; choose the config.json that belongs to the weights`,
  noArchive: (file: string) => `${file} is not a zip file that can be read`,
} as const;
