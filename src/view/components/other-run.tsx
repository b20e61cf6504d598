// Another run beside this one: of the server’s list, or its `data.json`, which is opened by the reader and stays on the
// machine.

import { useContext, useEffect, useState } from 'preact/hooks';
import type { PageData } from '../data.ts';
import type { RunRow } from '../run-row.ts';
import { Select } from './episodes-screen.tsx';
import { Server } from './navigate.ts';

export interface OtherRun {
  /** Of its folder in the list; empty for one that was opened from a file. */
  readonly name: string;
  readonly data: PageData;
}

interface OtherRunChoiceProps {
  readonly other: OtherRun | undefined;
  readonly onOther: (other: OtherRun) => void;
}

/** As much as tells a document of this program’s own form from any other file. */
function isPage(value: unknown): value is PageData {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === 'interbrain-page-1' &&
    'maps' in value &&
    Array.isArray(value.maps)
  );
}

export function OtherRunChoice({ other, onOther }: OtherRunChoiceProps) {
  const [problem, setProblem] = useState('');
  const read = async (file: File | undefined) => {
    if (!file) return;
    setProblem('');
    try {
      const data: unknown = JSON.parse(await file.text());
      if (isPage(data)) onOther({ name: '', data });
      else setProblem(`${file.name} is no report/data.json of this version`);
    } catch {
      setProblem(`${file.name} is no JSON; open the data.json in another run’s report folder`);
    }
  };
  return (
    <>
      <Listed other={other} onOther={onOther} />
      <label>
        Another run{' '}
        <input
          type="file"
          accept=".json,application/json"
          onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
        />{' '}
        <span class="source" role="status">
          {problem || (other ? other.data.study : 'its report/data.json')}
        </span>
      </label>
    </>
  );
}

/** The runs beside this one, where the server has a list. */
function Listed({ other, onOther }: OtherRunChoiceProps) {
  const server = useContext(Server);
  const [runs, setRuns] = useState<readonly RunRow[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    server?.others?.().then(setRuns, () => setRuns([]));
  }, [server]);
  const reported = runs.filter((run) => run.reported);
  if (!server?.page || reported.length === 0) return null;
  const { page } = server;
  const choose = (name: string) => {
    setProblem('');
    if (name === '') return;
    page(name).then(
      (data) => (data ? onOther({ name, data }) : setProblem('nothing is there yet')),
      (error: unknown) => setProblem(String(error)),
    );
  };
  return (
    <>
      <Select
        label="With the run"
        value={other?.name ?? ''}
        options={[['', 'this one'], ...reported.map(({ name }) => [name, name] as const)]}
        onValue={choose}
      />
      {problem !== '' && <span class="warnings">{problem}</span>}
    </>
  );
}
