import { readFileSync } from 'node:fs';
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection, TLSConfig } from '@temporalio/worker';
import type { Config } from '../config/load.js';
import { CxrError } from '../errors.js';

/** Address and credentials of a Temporal server, as both kinds of connection take them. */
interface Endpoint {
  readonly address: string;
  readonly tls?: TLSConfig | boolean;
  readonly apiKey?: string;
}

/** @param address of an embedded server, over the configured one */
function endpointOf(config: Config, address = config.temporal.address): Endpoint {
  if (address === undefined) throw new CxrError('NOT_RUNNING', 'temporal.address is not set');
  const apiKey = config.secrets.temporalApiKey?.reveal();
  const { tls } = config.temporal;
  return {
    address,
    ...(apiKey !== undefined && { apiKey }),
    // An API key without TLS would travel in the clear.
    ...(tls === false ? apiKey !== undefined && { tls: true } : { tls: tls === true ? true : tlsFiles(tls) }),
  };
}

function tlsFiles(tls: Exclude<Config['temporal']['tls'], boolean>): TLSConfig {
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new CxrError(
        'BAD_CONFIG',
        `a file of temporal.tls cannot be read (${(error as NodeJS.ErrnoException).code})`,
      );
    }
  };
  const { serverName, caFile, certFile, keyFile } = tls;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new CxrError('BAD_CONFIG', 'temporal.tls.certFile and temporal.tls.keyFile belong together');
  return {
    ...(serverName !== undefined && { serverNameOverride: serverName }),
    ...(caFile !== undefined && { serverRootCACertificate: read(caFile) }),
    ...(certFile !== undefined &&
      keyFile !== undefined && { clientCertPair: { crt: read(certFile), key: read(keyFile) } }),
  };
}

/**
 * A client on the configured namespace.
 *
 * @param address of an embedded server, over the configured one
 * @throws CxrError TEMPORAL_UNREACHABLE, TEMPORAL_NAMESPACE, NOT_RUNNING where no address is known
 */
export async function connectClient(config: Config, address?: string): Promise<Client> {
  const { namespace } = config.temporal;
  const connection = await Connection.connect({
    ...endpointOf(config, address),
    connectTimeout: 5_000,
  }).catch((error: unknown) => {
    throw new CxrError('TEMPORAL_UNREACHABLE', config.temporal.address, { cause: error });
  });
  try {
    await connection.withDeadline(Date.now() + 10_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    await connection.close();
    const missing = isGrpcServiceError(error) && error.code === NOT_FOUND;
    throw new CxrError(missing ? 'TEMPORAL_NAMESPACE' : 'TEMPORAL_UNREACHABLE', namespace, { cause: error });
  }
  return new Client({ connection, namespace });
}

/** The connection of workers. @throws CxrError TEMPORAL_UNREACHABLE, NOT_RUNNING */
export async function connectWorkers(config: Config, address?: string): Promise<NativeConnection> {
  // Loaded here: clients do without the SDK of workers, which is most of what a short command would wait for.
  const { NativeConnection } = await import('@temporalio/worker');
  try {
    return await NativeConnection.connect(endpointOf(config, address));
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new CxrError('TEMPORAL_UNREACHABLE', config.temporal.address, { cause: error });
  }
}

/** gRPC status codes. */
const NOT_FOUND = 5;
