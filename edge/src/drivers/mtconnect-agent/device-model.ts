import type { BrowseNode } from '@millrace/contract';
import type { XmlElement } from '../../document/index.ts';
import { stateAddress } from '../../mtconnect/index.ts';

/** One data item of a device. */
export interface DataItem {
  readonly id: string;
  readonly name: string | undefined;
  readonly type: string;
  readonly subType: string | undefined;
  readonly category: string;
  readonly units: string | undefined;
  readonly device: string;
}

interface Component {
  readonly address: string;
  readonly name: string;
  readonly items: DataItem[];
  readonly components: Component[];
}

/** Counts of what is not made, or not yet. [MTConnect Part 2, PART_COUNT] */
const NOT_PRODUCED: readonly string[] = ['TARGET', 'REMAINING', 'BAD', 'FAILED', 'ABORTED'];

/** What `probe` tells: devices, their components and data items. */
export class DeviceModel {
  /** Names, or uuids where they have none; the agent itself, which has values too, is not among them. [MTConnect Part 2, Device] */
  readonly devices: readonly string[];
  readonly #root: Component;
  readonly #components = new Map<string, Component>();
  /** Data items by id, by name, and by both behind the name, uuid or id of their device; several of the same name are ambiguous. */
  readonly #items = new Map<string, Set<DataItem>>();

  constructor(root: XmlElement) {
    if (root.name !== 'MTConnectDevices')
      throw new SyntaxError(`a document ${root.name}, not MTConnectDevices`);
    const devices = childrenOf(root, 'Devices').filter(({ name }) => name === 'Device' || name === 'Agent');
    this.devices = devices
      .filter(({ name }) => name === 'Device')
      .flatMap(({ attributes }) => attributes.get('name') ?? attributes.get('uuid') ?? []);
    this.#root = {
      address: '',
      name: '',
      items: [],
      components: devices.map((device) => this.#device(device)),
    };
  }

  /** The item that an address names: `id`, `name` or `device:name`, or in words why none. */
  find(address: string): DataItem | string {
    const [whole = ''] = address.split('#');
    const found = [...(this.#items.get(whole) ?? [])];
    if (found.length > 1) {
      const choice = found.map((item) => item.id).slice(0, 4);
      return `the agent has several ${whole}: use the id, ${choice.join(' or ')}`;
    }
    return found[0] ?? `the agent has no data item ${whole}`;
  }

  /** Children of a component, or the devices; `valueAt` is the last value of an item. */
  browse(
    parent: string | undefined,
    valueAt: (id: string, address: string) => BrowseNode['value'],
  ): BrowseNode[] {
    const component = parent === undefined ? this.#root : this.#components.get(parent);
    if (component === undefined) return [];
    return [
      ...component.components.map(
        (child): BrowseNode => ({
          address: child.address,
          name: child.name,
          folder: true,
          tag: false,
          type: null,
        }),
      ),
      ...component.items.flatMap((item) => itemNodes(item, valueAt)),
    ];
  }

  #device(element: XmlElement): Component {
    const names = ['name', 'uuid', 'id'].flatMap((key) => element.attributes.get(key) ?? []);
    return this.#component(element, names);
  }

  #component(element: XmlElement, deviceNames: readonly string[]): Component {
    const id = element.attributes.get('id') ?? '';
    const name = element.attributes.get('name');
    const component: Component = {
      address: id,
      name: name === undefined || name === element.name ? element.name : `${element.name} ${name}`,
      items: childrenOf(element, 'DataItems').flatMap((item) => this.#item(item, deviceNames)),
      components: childrenOf(element, 'Components').map((child) => this.#component(child, deviceNames)),
    };
    this.#components.set(id, component);
    return component;
  }

  #item(element: XmlElement, deviceNames: readonly string[]): DataItem[] {
    const attribute = (name: string): string | undefined => element.attributes.get(name);
    const [id, type] = [attribute('id'), attribute('type')];
    if (element.name !== 'DataItem' || id === undefined || type === undefined) return [];
    const name = attribute('name');
    const item: DataItem = {
      id,
      name,
      type,
      subType: attribute('subType'),
      category: attribute('category') ?? '',
      units: attribute('units'),
      device: deviceNames[0] ?? '',
    };
    for (const key of name === undefined ? [id] : [id, name]) {
      this.#remember(key, item);
      for (const device of deviceNames) this.#remember(`${device}:${key}`, item);
    }
    return [item];
  }

  #remember(key: string, item: DataItem): void {
    this.#items.set(key, (this.#items.get(key) ?? new Set()).add(item));
  }
}

const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name).flatMap((child) => child.children);

/** The item itself, and the machine state behind an execution. */
function itemNodes(
  item: DataItem,
  valueAt: (id: string, address: string) => BrowseNode['value'],
): BrowseNode[] {
  const type = [item.type, item.subType].filter(Boolean).join(' ');
  const name = item.name ?? type;
  const node = (address: string): BrowseNode => {
    const value = valueAt(item.id, address);
    return {
      address,
      name,
      folder: false,
      tag: true,
      type: item.units === undefined ? type : `${type} in ${item.units}`,
      ...(value === undefined ? {} : { value }),
    };
  };
  if (item.type === 'EXECUTION') {
    return [
      { ...node(stateAddress(item.id)), name: `${name}: machine state`, meaning: 'state' },
      node(item.id),
    ];
  }
  const meaning = meaningOf(item);
  return [meaning === undefined ? node(item.id) : { ...node(item.id), meaning }];
}

function meaningOf(item: DataItem): BrowseNode['meaning'] {
  if (item.type === 'PART_COUNT') return NOT_PRODUCED.includes(item.subType ?? '') ? 'other' : 'count';
  // ELECTRICAL_ENERGY is a meter in watt-seconds, WATTAGE the power in watts.
  return item.type === 'ELECTRICAL_ENERGY' || item.type === 'WATTAGE' ? 'energy' : undefined;
}
