import type { PacsCpu, PacsIo, PacsMain } from '../api/pacs.js';
import type { Deps } from '../deps.js';
import { exportBatch } from './batch.js';
import { openPacsExport } from './open.js';
import { snapshotPacs } from './snapshot.js';
import { writePacsTables } from './tables.js';
import { PacsTools } from './tools.js';

export function pacsActivities(deps: Deps): {
  readonly main: PacsMain;
  readonly io: PacsIo;
  readonly cpu: PacsCpu;
} {
  const tools = new PacsTools(deps);
  return {
    main: { openPacsExport: openPacsExport(deps) },
    io: { snapshotPacs: snapshotPacs(deps, tools) },
    cpu: { exportBatch: exportBatch(deps, tools), writePacsTables: writePacsTables(deps) },
  };
}
