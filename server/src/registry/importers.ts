import type { Desk } from './desk.ts';
import type { Imports } from './import.ts';
import { calendarImporter } from './import-calendars.ts';
import { capabilityImporter } from './import-capabilities.ts';
import { itemImporter } from './import-items.ts';
import { machineImporter } from './import-machines.ts';
import { organisationImporter } from './import-organisations.ts';
import { siteImporter } from './import-sites.ts';
import { workCenterImporter } from './import-work-centers.ts';

/** All kinds of files the registry takes; orders brings its own. */
export function addImporters(imports: Imports, desk: Desk): void {
  imports.add(organisationImporter(desk));
  imports.add(siteImporter(desk));
  imports.add(workCenterImporter(desk));
  imports.add(machineImporter(desk));
  imports.add(itemImporter(desk));
  imports.add(capabilityImporter(desk));
  imports.add(calendarImporter(desk));
}
