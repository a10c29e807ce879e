import { useMachineAlarms, useMachineCommands } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { AlarmPanel } from '../gateways/alarm-panel.tsx';
import { CommandList } from '../gateways/command-list.tsx';
import '../gateways/gateways.css';

type Props = Readonly<{ machineId: string; machineName: string }>;

/** What rules have raised at the machine and what was asked of it; nothing is shown where there is nothing. */
export function MachineAffairs(props: Props) {
  const me = useMe();
  return (
    <>
      {may(me, 'alarm.read') ? <Alarms {...props} /> : null}
      {may(me, 'command.read') ? <Commands {...props} /> : null}
    </>
  );
}

function Alarms({ machineId }: Props) {
  const query = useMachineAlarms(machineId);
  return (query.data?.pages[0]?.rows.length ?? 0) > 0 ? <AlarmPanel query={query} /> : null;
}

function Commands({ machineId, machineName }: Props) {
  const query = useMachineCommands({ machineId });
  return (query.data?.pages[0]?.rows.length ?? 0) > 0 ? (
    <CommandList query={query} nameOf={() => machineName} />
  ) : null;
}
