-- What products and categories are called in other languages. Subjects are of several tables, so nothing refers to them:
-- whoever deletes a subject deletes its texts.
create table translations (
  subject text not null,
  locale  text not null,
  texts   jsonb not null,
  primary key (subject, locale)
);
