import { useMachineAlarms, useMachineCommands } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { AlarmPanel } from '../gateways/alarm-panel.tsx';
import { CommandList } from '../gateways/command-list.tsx';
import '../gateways/gateways.css';

/** What rules on the gateway have raised at the machine; nothing where nothing stands. */
export function MachineAlarms({ machineId }: { readonly machineId: string }) {
  return may(useMe(), 'alarm.read') ? <Alarms machineId={machineId} /> : null;
}

function Alarms({ machineId }: { readonly machineId: string }) {
  const query = useMachineAlarms(machineId);
  return (query.data?.pages[0]?.rows.length ?? 0) > 0 ? <AlarmPanel query={query} /> : null;
}

type Commanded = Readonly<{ machineId: string; machineName: string }>;

/** What was asked of the machine and what became of it; nothing where nothing ever was. */
export function MachineCommands(props: Commanded) {
  return may(useMe(), 'command.read') ? <Commands {...props} /> : null;
}

function Commands({ machineId, machineName }: Commanded) {
  const query = useMachineCommands({ machineId });
  return (query.data?.pages[0]?.rows.length ?? 0) > 0 ? (
    <CommandList query={query} nameOf={() => machineName} />
  ) : null;
}
