import type { App } from '../kernel/index.ts';
import type { GatewayDesk } from './gateway.ts';
import { alarmRoutes } from './routes-alarm.ts';
import { commandRoutes } from './routes-command.ts';
import { configRoutes } from './routes-config.ts';
import { deskRoutes } from './routes-desk.ts';
import { edgeRoutes } from './routes-edge.ts';

export function gatewayRoutes(app: App, desk: GatewayDesk): void {
  edgeRoutes(app, desk);
  deskRoutes(app, desk);
  configRoutes(app, desk.configs);
  alarmRoutes(app, desk.alarms);
  commandRoutes(app, desk.commands);
}
