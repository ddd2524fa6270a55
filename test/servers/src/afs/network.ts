import type { DaemonName, Daemons } from './daemons.ts';
import type { Programs } from './programs.ts';

/** Makes servers silent: what is sent to them is lost, and nobody says so. */
export interface Network {
  /** Drops the packets to these daemons, to all without a name, until they are let pass again. */
  dropPackets(...names: DaemonName[]): Promise<void>;
  passPackets(): Promise<void>;
}

export function networkOf(programs: Programs, daemons: Daemons): Network {
  return {
    dropPackets: async (...names) => {
      const dropped = names.length > 0 ? names.map((name) => daemons[name]) : Object.values(daemons);
      const ports = dropped.flatMap(({ port }) => (port === undefined ? [] : [port])).join(', ');
      const rules = [
        'add table inet silent',
        // As they come in: of what is dropped on its way out, the sender is told.
        'add chain inet silent input { type filter hook input priority 0; }',
        `add rule inet silent input meta l4proto { tcp, udp } th dport { ${ports} } drop`,
      ];
      await programs.succeed('nft', rules.join('; '));
    },
    passPackets: async () => void (await programs.succeed('nft', 'delete table inet silent')),
  };
}
