/**
 * Reports: event logs in, one offline HTML file out. Needs no GPU and no engine.
 *
 * @module
 */

export { renderReport } from "./html.ts";
export { renderStudyReport } from "./study_page.ts";
export { studyPictures } from "./study_pictures.ts";
export { summariseRun, summariseRuns } from "./summary.ts";
export type { FinalResult, RunLog, RunStatus, RunSummary, ScoredArc } from "./run_summary.ts";
export { type DrawArcOptions, drawArcSvg } from "./arc_drawing.ts";
export {
  type CellEdge,
  cellEdges,
  type CellGraph,
  describeCell,
  drawCell,
  type DrawCellOptions,
} from "./cell_drawing.ts";
export {
  cellStack,
  type CellStackOptions,
  describeCellStack,
  drawCellStack,
  type StackedCell,
} from "./cell_stack.ts";
export { describeDiagram, type Diagram, renderDiagram } from "./diagram.ts";
export { type ReportPicture, reportPictures } from "./report_pictures.ts";
export { searchFigures } from "./search_figures.ts";
export { trainingFigures } from "./training_figures.ts";
export type { ChartConfig, ChartFigure, ChartTable } from "./charts.ts";
export { type PictureSize, renderChartPng, renderDrawingPng } from "./pictures.ts";
export { describeNetwork, drawNetwork, type DrawNetworkOptions } from "./network_drawing.ts";
export { type NetworkEdge, networkEdges, STEM } from "./network_edges.ts";
export { binomialStandardError, wilsonInterval } from "./intervals.ts";
