import type { AnnotationsIo } from '../../api/annotations.js';
import type { Deps } from '../../deps.js';
import { applyAnnotations } from './apply.js';
import { listAnnotations } from './list.js';
import { releaseAnnotations } from './release.js';

export function annotationsIo(deps: Deps): AnnotationsIo {
  return {
    listAnnotations: listAnnotations(deps),
    applyAnnotations: applyAnnotations(deps),
    releaseAnnotations: releaseAnnotations(deps),
  };
}
