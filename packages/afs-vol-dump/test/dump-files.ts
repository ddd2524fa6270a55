import { endMark, fullDumpHeader, vnodeHeader } from '../src/dump-format.ts';

/** A vnode as a dump has it: without content where it has not changed. */
export interface MadeVnode {
  readonly number: number;
  readonly uniquifier: number;
  readonly content?: Buffer | undefined;
}

export interface MadeDump {
  readonly from: number;
  readonly to: number;
  readonly updated: number;
  readonly vnodes: readonly MadeVnode[];
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** The bytes of a dump as vos writes it (the tags of OpenAFS 1.8 in their order). */
export function makeDump({ from, to, updated, vnodes }: MadeDump): Buffer {
  const head = fullDumpHeader({ name: 'user.ann', parent: 5, to });
  int(from).copy(head, head.length - 8);
  const volume = Buffer.concat([
    ...[
      Buffer.from('\x02i'),
      int(7),
      Buffer.from('v'),
      int(1),
      Buffer.from('nuser.ann\0s\x01b\x01u'),
      int(9),
    ],
    ...[Buffer.from('t\x01p'), int(5), Buffer.from('C'), int(1), Buffer.from('U'), int(updated)],
    ...[Buffer.from('O\0M\0W\0\x02'), int(3), int(4), Buffer.from('Z'), int(0)],
  ]);
  return Buffer.concat([head, volume, ...vnodes.map(makeVnode), endMark]);
}

function makeVnode({ number, uniquifier, content }: MadeVnode): Buffer {
  const header = vnodeHeader({ number, uniquifier });
  if (content === undefined) return header;
  const isDirectory = number % 2 === 1;
  return Buffer.concat([
    header,
    ...[
      Buffer.from(isDirectory ? 't\x02l\0\x02v' : 't\x01l\0\x01v'),
      int(1),
      Buffer.from('b\x01\xa4', 'latin1'),
    ],
    ...(isDirectory ? [Buffer.from('A'), Buffer.alloc(192, 0x33)] : []),
    ...(content.length % 2 === 0 ? [Buffer.from('f')] : [Buffer.from('h'), int(0)]),
    ...[int(content.length), content],
  ]);
}
