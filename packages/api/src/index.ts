export type * from './auth';
export * as auth from './auth';
export * from './call';
