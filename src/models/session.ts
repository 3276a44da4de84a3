import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { CxrError } from '../errors.js';
import type { OnnxFile } from './onnx-file.js';
import type { Provider } from './types.js';

export interface SessionOptions {
  /** `auto`: CUDA where this onnxruntime has it and it starts, else CPU. */
  readonly device?: 'auto' | Provider | undefined;
  /** Threads of one inference on CPU; 0 or absent: as many as there are cores. */
  readonly threads?: number | undefined;
}

export interface Session {
  readonly session: InferenceSession;
  readonly provider: Provider;
}

/**
 * Loads a model into onnxruntime.
 *
 * @param file what `readOnnx` read from `bytes`: it tells why, where onnxruntime will not.
 * @throws CxrError MODEL_EXTERNAL_DATA, MODEL_OPERATORS, MODEL_INVALID; CUDA_MISSING where CUDA was asked for by name
 */
export async function openSession(
  bytes: Uint8Array,
  file: OnnxFile,
  { device = 'auto', threads = 0 }: SessionOptions = {},
): Promise<Session> {
  if (file.external) throw new CxrError('MODEL_EXTERNAL_DATA');
  if (device !== 'cpu' && cudaLibrary()) {
    try {
      return { session: await create(bytes, 'cuda', threads), provider: 'cuda' };
    } catch (cause) {
      // No driver, no card, another CUDA: whether the model is at fault, the CPU tells.
      if (device === 'cuda') throw new CxrError('CUDA_MISSING', undefined, { cause });
    }
  } else if (device === 'cuda') throw new CxrError('CUDA_MISSING', 'this onnxruntime came without it');
  try {
    return { session: await create(bytes, 'cpu', threads), provider: 'cpu' };
  } catch (cause) {
    throw refusal(bytes, file, cause);
  }
}

function create(bytes: Uint8Array, provider: Provider, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    // The CPU takes what has no CUDA kernel.
    executionProviders: provider === 'cpu' ? ['cpu'] : ['cuda', 'cpu'],
    ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Its threads sleep while they wait for each other: those that decode the next pictures need the processors.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // Errors come back as exceptions; the library's own lines on stderr would only repeat them.
    logSeverityLevel: 4,
  });
}

/** Trying CUDA without its library writes on stderr what looks like a fault: so it is looked for first. */
function cudaLibrary(): boolean {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const name = platform() === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(dirname(main), '..', 'bin', 'napi-v6', platform(), arch(), name));
}

/** onnxruntime's text may hold names of the file's author: only its kind is kept. */
function refusal(bytes: Uint8Array, file: OnnxFile, cause: unknown): CxrError {
  const text = cause instanceof Error ? cause.message : '';
  const wants = [...file.opsets].map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  if (/opset|IR version|No Op registered|not a registered function|NOT_IMPLEMENTED/i.test(text))
    return new CxrError('MODEL_OPERATORS', `IR ${file.irVersion}, operators ${wants}`, { cause });
  return new CxrError('MODEL_INVALID', `onnxruntime cannot load these ${bytes.length} bytes`, { cause });
}
