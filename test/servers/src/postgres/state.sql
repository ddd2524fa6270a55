-- All that a database has, one thing a line, in an order that does not depend on when it was made.
SET search_path = pg_catalog;
SET extra_float_digits = 1;
SET jit = off;
CREATE FUNCTION pg_temp.rights(acl aclitem[], kind "char", owner oid) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(item::text, ' ' ORDER BY item::text COLLATE "C")
  FROM unnest(coalesce(acl, acldefault(kind, owner))) item
$$;
CREATE FUNCTION pg_temp.own(schema oid) RETURNS boolean LANGUAGE sql AS $$
  SELECT nspname <> 'information_schema' AND nspname !~ '^pg_' FROM pg_namespace WHERE oid = $1
$$;
CREATE FUNCTION pg_temp.rows_of(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT count(*) || '' '' || coalesce(md5(string_agg(md5(t::text), '''' ORDER BY md5(t::text))), '''')
    FROM ONLY %s t', relation) INTO result;
  RETURN result;
END $$;
CREATE FUNCTION pg_temp.sequence_of(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT last_value || '' '' || is_called FROM %s', relation) INTO result;
  RETURN result;
END $$;

SELECT replace(line, E'\n', '\n') FROM (
  SELECT format('schema %I %s %s', nspname, nspowner::regrole, pg_temp.rights(nspacl, 'n', nspowner)) AS line
  FROM pg_namespace WHERE pg_temp.own(oid)
UNION ALL
  SELECT format('relation %s %s %s %s %s %s %s', oid::regclass, relkind, relowner::regrole, relpersistence, reloptions,
    pg_temp.rights(relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner),
    (relrowsecurity, relforcerowsecurity, relreplident, relispartition, relispopulated,
      pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid)))
  FROM pg_class WHERE pg_temp.own(relnamespace)
UNION ALL
  SELECT format('parent %s %s %s', inhrelid::regclass, inhparent::regclass, inhseqno)
  FROM pg_inherits
UNION ALL
  SELECT format('rows %s %s', oid::regclass, pg_temp.rows_of(oid))
  FROM pg_class WHERE pg_temp.own(relnamespace) AND (relkind = 'r' OR relkind = 'm' AND relispopulated)
UNION ALL
  SELECT format('sequence %s %s %s', seqrelid::regclass, pg_temp.sequence_of(seqrelid),
    (seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle))
  FROM pg_sequence
UNION ALL
  SELECT format('owned %s %s %s', d.objid::regclass, d.refobjid::regclass, a.attname)
  FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
UNION ALL
  SELECT format('column %s %s %I %s', attrelid::regclass, row_number() OVER (PARTITION BY attrelid ORDER BY attnum),
    attname, (format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage, attstattarget,
      attislocal, attinhcount, attcollation::regcollation, pg_get_expr(adbin, adrelid), attoptions,
      pg_temp.rights(coalesce(attacl, '{}'), 'c', relowner)))
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped AND pg_temp.own(relnamespace)
UNION ALL
  SELECT format('constraint %s %I %s', coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text), conname,
    pg_get_constraintdef(oid))
  FROM pg_constraint WHERE pg_temp.own(connamespace)
UNION ALL
  SELECT format('index %s %s', pg_get_indexdef(indexrelid), (indisclustered, indisreplident, indisvalid))
  FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE pg_temp.own(relnamespace)
UNION ALL
  SELECT format('statistics %s', pg_get_statisticsobjdef(oid)) FROM pg_statistic_ext
UNION ALL
  SELECT format('view %s %s', oid::regclass, pg_get_viewdef(oid))
  FROM pg_class WHERE relkind IN ('v', 'm') AND pg_temp.own(relnamespace)
UNION ALL
  SELECT format('rule %s', pg_get_ruledef(oid)) FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384
UNION ALL
  SELECT format('trigger %s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
  SELECT format('policy %s', (tablename, policyname, permissive, roles, cmd, qual, with_check)) FROM pg_policies
UNION ALL
  SELECT format('function %s %s %s %s', oid::regprocedure, proowner::regrole, pg_temp.rights(proacl, 'f', proowner),
    CASE prokind WHEN 'a' THEN 'aggregate' ELSE pg_get_functiondef(oid) END)
  FROM pg_proc WHERE pg_temp.own(pronamespace)
UNION ALL
  SELECT format('aggregate %s %s', aggfnoid, (aggtransfn, aggtranstype::regtype, agginitval))
  FROM pg_aggregate WHERE aggfnoid >= 16384
UNION ALL
  SELECT format('operator %s %s', oid::regoperator, oprcode) FROM pg_operator WHERE pg_temp.own(oprnamespace)
UNION ALL
  SELECT format('cast %s %s', castsource::regtype, casttarget::regtype) FROM pg_cast WHERE oid >= 16384
UNION ALL
  SELECT format('type %s %s %s %s', oid::regtype, typtype, typowner::regrole, (pg_temp.rights(typacl, 'T', typowner),
    typdefault, typbasetype::regtype, (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum
      WHERE enumtypid = pg_type.oid), (SELECT rngsubtype::regtype FROM pg_range WHERE rngtypid = pg_type.oid)))
  FROM pg_type WHERE pg_temp.own(typnamespace)
UNION ALL
  SELECT format('collation %s %s', oid::regcollation, (collprovider, collcollate))
  FROM pg_collation WHERE pg_temp.own(collnamespace)
UNION ALL
  SELECT format('extension %I %s %s', extname, extversion, extnamespace::regnamespace) FROM pg_extension
UNION ALL
  SELECT format('default rights %s %s %s %s', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype,
    pg_temp.rights(defaclacl, 'r', defaclrole)) FROM pg_default_acl
UNION ALL
  SELECT format('publication %s %s', pubname, (puballtables, pubinsert, pubviaroot, rowfilter, attnames, tablename))
  FROM pg_publication LEFT JOIN pg_publication_tables USING (pubname)
UNION ALL
  SELECT format('large object %s %s %s %s', oid, lomowner::regrole, pg_temp.rights(lomacl, 'L', lomowner),
    md5(lo_get(oid))) FROM pg_largeobject_metadata
UNION ALL
  SELECT format('comment %s %s', pg_describe_object(classoid, objoid, objsubid), description)
  FROM pg_description WHERE objoid >= 16384 OR classoid = 'pg_largeobject'::regclass OR objoid = 'public'::regnamespace
) all_lines ORDER BY line COLLATE "C";
