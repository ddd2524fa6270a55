-- What belongs to no database.
SELECT replace(line, E'\n', '\n') FROM (
  SELECT format('role %I %s', rolname, (rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
    rolbypassrls, rolconnlimit, rolpassword, rolvaliduntil, shobj_description(oid, 'pg_authid'))) AS line
  FROM pg_authid
UNION ALL
  SELECT format('member %s %s %s', roleid::regrole, member::regrole, admin_option) FROM pg_auth_members
UNION ALL
  SELECT format('database %I %s %s', datname, datdba::regrole, (pg_encoding_to_char(encoding), datcollate, datctype,
    datistemplate, datallowconn, datconnlimit, shobj_description(oid, 'pg_database'),
    (SELECT array_agg(item::text ORDER BY item::text)
      FROM unnest(coalesce(datacl, acldefault('d', datdba))) item)))
  FROM pg_database
UNION ALL
  SELECT format('setting %s %s %s', datname, setrole::regrole, setting)
  FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase, unnest(setconfig) setting
UNION ALL
  SELECT format('parameter %s %s', parname, paracl) FROM pg_parameter_acl
) all_lines ORDER BY line COLLATE "C";
