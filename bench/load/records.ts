import { type Seeded, type SeedPlan, seedNames } from '../seed.ts';

const MINUTE_MS = 60_000;

/** What gateway's machines said in a minute, as the JSON of one upload; counts grow by a fixed pattern per machine. */
export interface RecordText {
  readonly plant: Seeded;
  /** `minutes` more than one: a back-fill. */
  upload(gateway: number, minute: number, sinceMidnightMin: number, minutes?: number): string;
}

export function recordText(plan: SeedPlan): RecordText {
  const plant = seedNames(plan);
  const recordsOf = (gateway: number, minute: number, sinceMidnightMin: number): string => {
    let text = '';
    for (let machine = 0; machine < plan.machinesPerGateway; machine++) {
      const rate = 1 + ((gateway * 7 + machine * 13) % 20);
      text +=
        `${machine === 0 ? '' : ','}{"machine":"${plant.machineCode(gateway, machine)}","minute":${minute * MINUTE_MS},` +
        `"runningS":${40 + (rate % 21)},"count":${sinceMidnightMin * rate},"state":"running","energyWh":${rate * 9}}`;
    }
    return text;
  };
  return {
    plant,
    upload: (gateway, minute, sinceMidnightMin, minutes = 1) => {
      let text = recordsOf(gateway, minute, sinceMidnightMin);
      for (let more = 1; more < minutes; more++)
        text += `,${recordsOf(gateway, minute + more, sinceMidnightMin + more)}`;
      return `{"v":3,"records":[${text}]}`;
    },
  };
}
