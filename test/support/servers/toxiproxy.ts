import { binary } from './binary.js';
import { answers, freePort, launch, type Server, temporaryFolder } from './process.js';

export interface Toxiproxy extends Server {
  /** A port that passes everything on to `upstream` (`127.0.0.1:9000`), and what can go wrong on the way. */
  proxy(upstream: string): Promise<BadNetwork>;
}

export interface BadNetwork {
  readonly port: number;
  /** Refuses connections and cuts the open ones, or takes them again. */
  setEnabled(enabled: boolean): Promise<void>;
  /** Adds a toxic (`latency`, `timeout`, `limit_data`, `reset_peer`...) to what the server answers. */
  add(
    type: string,
    attributes: Readonly<Record<string, number>>,
    stream?: 'upstream' | 'downstream',
  ): Promise<void>;
  /** Removes all toxics. */
  heal(): Promise<void>;
}

export async function startToxiproxy(): Promise<Toxiproxy> {
  const port = await freePort();
  const api = `http://127.0.0.1:${port}`;
  const server = await launch(
    {
      command: binary('toxiproxy-server'),
      args: ['-host', '127.0.0.1', '-port', String(port)],
      ready: () => answers(`${api}/version`),
    },
    temporaryFolder('toxiproxy'),
  );
  return { ...server, proxy: (upstream) => makeProxy(api, upstream) };
}

async function makeProxy(api: string, upstream: string): Promise<BadNetwork> {
  const port = await freePort();
  const name = `p${port}`;
  const call = async (path: string, body: unknown) => {
    const answer = await fetch(`${api}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`toxiproxy: HTTP ${answer.status} ${await answer.text()}`);
    return answer.json() as Promise<unknown>;
  };
  await call('/proxies', { name, listen: `127.0.0.1:${port}`, upstream, enabled: true });
  return {
    port,
    setEnabled: async (enabled) => void (await call(`/proxies/${name}`, { enabled })),
    add: async (type, attributes, stream = 'downstream') =>
      void (await call(`/proxies/${name}/toxics`, { type, stream, attributes })),
    async heal() {
      const toxics = (await (await fetch(`${api}/proxies/${name}/toxics`)).json()) as { name: string }[];
      for (const toxic of toxics)
        await fetch(`${api}/proxies/${name}/toxics/${toxic.name}`, { method: 'DELETE' });
    },
  };
}
