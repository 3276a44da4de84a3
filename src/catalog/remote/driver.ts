import type { Sensitive } from '../../privacy/sensitive.js';
import type { Engine } from '../open.js';

export function openRemote(url: string, _token: Sensitive<string>): Engine {
  throw new Error(`not here yet: ${url}`);
}
