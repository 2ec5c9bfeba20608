/** What a model has seen: which of the galleries suits it. */
export type World = 'emoji' | 'avatars' | 'faces';
