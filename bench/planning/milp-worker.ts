import { parentPort } from 'node:worker_threads';
import type { MilpAnswer, MilpModel } from '@millrace/engine';
import highsModule, { type Highs } from 'highs';

export interface MilpTask {
  readonly model: MilpModel;
  /** CPU seconds of this thread. */
  readonly seconds: number;
}

const RELATIVE_GAP = 1e-7;

/** One model at a time; an abort of the WebAssembly ends this thread, and the port makes a new one. */
// Its types describe CommonJS; what the import gives is the loader itself.
const loadHighs = highsModule as unknown as () => Promise<Highs>;
const highs = await loadHighs();
parentPort?.on('message', (task: MilpTask) => parentPort?.postMessage(solve(task)));

function solve({ model, seconds }: MilpTask): MilpAnswer {
  const { modelStatus, callbackType } = highs.constants;
  const begun = process.threadCpuUsage();
  const spent = (): number => {
    const { user, system } = process.threadCpuUsage(begun);
    return (user + system) / 1e6;
  };
  using solver = highs.createModel({
    numCols: model.cost.length,
    numRows: model.rowLower.length,
    offset: model.offset,
    colCost: model.cost,
    colLower: model.lower,
    colUpper: model.upper,
    rowLower: model.rowLower,
    rowUpper: model.rowUpper,
    integrality: model.whole,
    matrix: {
      format: 'csr',
      numRows: model.rowLower.length,
      numCols: model.cost.length,
      starts: model.rowStart,
      indices: model.rowColumn,
      values: model.rowValue,
    },
  });
  solver.options.set({ output_flag: false, mip_rel_gap: RELATIVE_GAP, mip_abs_gap: 0 });
  solver.run({
    [callbackType.mipInterrupt]: (event: { interrupt(): void }) => {
      if (spent() > seconds) event.interrupt();
    },
  });
  const status = solver.getModelStatus();
  const objective = solver.getObjectiveValue();
  const bound = Number(solver.info.get('mip_dual_bound'));
  if (status === modelStatus.infeasible) {
    return { status: 'infeasible', columns: new Float64Array(0), objective, bound };
  }
  const found = Number(solver.info.get('primal_solution_status')) === 2;
  const columns = found ? solver.getSolution().colValue : new Float64Array(0);
  const proven = status === modelStatus.optimal;
  return { status: proven ? 'optimal' : found ? 'feasible' : 'unknown', columns, objective, bound };
}
