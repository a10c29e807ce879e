import { describe, expect, it } from 'vitest';
import { missingSettings } from './driver-schema.ts';
import { DRIVER_CHOICES } from './drivers.ts';

describe('what a connection still lacks', () => {
  it('is the address of which the wizard only knows the beginning', () => {
    expect(missingSettings({ driver: 'modbus', settings: { host: ' ', port: 502 } })).toEqual([
      'setting.host',
    ]);
    const bare = { endpoint: 'opc.tcp://', securityPolicy: 'None', securityMode: 'none' };
    expect(missingSettings({ driver: 'opc-ua', settings: bare })).toEqual(['setting.endpoint']);
    const whole = { ...bare, endpoint: 'opc.tcp://192.0.2.7:4840' };
    expect(missingSettings({ driver: 'opc-ua', settings: whole })).toEqual([]);
  });

  it('is what belongs to the user that was chosen', () => {
    const user = { kind: 'password', name: 'reader', password: '' };
    const settings = { endpoint: 'opc.tcp://h', securityPolicy: 'None', securityMode: 'none', user };
    expect(missingSettings({ driver: 'opc-ua', settings })).toEqual(['onboarding.user-password-password']);
  });

  it('is nothing that the first settings of a driver do not show, and unknown of somebody else’s', () => {
    const lacking = DRIVER_CHOICES.map(([driver, settings]) => missingSettings({ driver, settings }));
    expect(new Set(lacking.flat())).toEqual(new Set(['setting.host', 'setting.endpoint', 'setting.url']));
    expect(missingSettings({ driver: 'their-own', settings: {} })).toEqual([]);
  });
});
