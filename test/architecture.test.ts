// Imports form layers, files and functions stay small enough to read, and few write invoices. The table of who may import whom is
// support/node/architecture/table.ts: a new folder of src/ has to be given its place there first.

import { describe, expect, it } from 'vitest';
import * as rules from './support/node/architecture/rules.ts';
import { CIRCLES, PARTS } from './support/node/architecture/table.ts';
import { readTree, sourcesOf } from './support/node/architecture/tree.ts';

const tree = readTree();
const files = sourcesOf(tree);
const read = (file: string) => tree.get(file) ?? '';

describe('The layers', () => {
  it('every file belongs to one', () => {
    expect(files.length).toBeGreaterThan(400);
    expect(rules.everyFileHasItsPart(tree)).toEqual([]);
  });

  it('every import says what it imports, and that is there', () => {
    expect(rules.everyImportCanBeRead(tree)).toEqual([]);
  });

  it('a folder imports what the table allows it, and the table allows nothing that is not imported', () => {
    expect(rules.partsImportWhatTheyMay(tree)).toEqual([]);
  });

  it('the table points one way', () => {
    expect(rules.theTableGoesOneWay(tree)).toEqual([]);
  });

  it('edges ask services, and of adapters the read side of the database alone', () => {
    expect(rules.edgesUseNoAdapters(PARTS)).toEqual([]);
  });

  it('a folder uses the packages that the table gives it', () => {
    expect(rules.partsUseTheirPackages(tree)).toEqual([]);
  });

  it('no files import each other in a circle, be it for types', () => {
    expect(rules.nothingGoesInCircles(CIRCLES)(tree)).toEqual([]);
  });

  it('what people set up and read is not loaded before its first request: a start takes CPU', () => {
    expect(rules.aStartLoadsLittle(tree)).toEqual([]);
  });

  it('pure files have no clock, no network, no chance and no environment', () => {
    expect(rules.pureFilesArePure(tree)).toEqual([]);
  });

  it('SQL is written in adapters/db/ alone', () => {
    expect(rules.sqlIsInDb(tree)).toEqual([]);
  });

  it('dialects are named in their own folders and in the tables, and by those that are listed', () => {
    expect(rules.dialectsAreNamedByFew(tree)).toEqual([]);
  });

  it('what takes an invoice a step is called by its own folder, which gives each step a name', () => {
    expect(rules.innerFilesStayInside(tree)).toEqual([]);
  });

  it('invoices are written by those whom the table names, for those whom it names', () => {
    expect(rules.invoicesAreWrittenByFew(tree)).toEqual([]);
  });
});

describe('The files', () => {
  it('are small: half of them under 100 lines, none above 300', () => {
    const lengths = files.map((file) => read(file).split('\n').length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(100);
    expect(rules.filesAreSmall(tree)).toEqual([]);
  });

  it('hold functions of at most 60 lines, but for JSX and tables of routes', () => {
    expect(rules.functionsFitAScreen(tree)).toEqual([]);
  });

  it('export only what a file imports, tests and entry points included', () => {
    expect(rules.everyExportIsImported(tree)).toEqual([]);
  });

  it('export a name that stands for one thing in the whole tree', () => {
    expect(rules.namesStandForOneThing(tree)).toEqual([]);
  });

  it('each say at their top what they are', () => {
    expect(files.filter((file) => !read(file).startsWith('//'))).toEqual([]);
  });
});
