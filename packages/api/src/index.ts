export type * from './auth';
export * as auth from './auth';
export * from './call';
export type * from './payments';
export * as payments from './payments';
