/** A column: its title, and what it has in a row. */
export type Column<Row> = readonly [title: string, cell: (row: Row) => string];

/** A table in Markdown that is printed row by row. */
export interface PrintedTable<Row> {
  readonly head: string;
  readonly row: (row: Row) => string;
}

/** Returns a table with these columns. */
export function tableOf<Row>(columns: readonly Column<Row>[]): PrintedTable<Row> {
  return {
    head: `| ${columns.map(([title]) => title).join(" | ")} |\n|${"---|".repeat(columns.length)}`,
    row: (row) => `| ${columns.map(([, cell]) => cell(row)).join(" | ")} |`,
  };
}
