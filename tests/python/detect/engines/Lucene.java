// Queries on an index in memory, as Elasticsearch runs them: for tests/python/detect/engines/lucene.py.
//
// Standard input, a line each, fields separated by tabs, texts in base64:
//   analyzer keyword|lowercase    address FIELD    event    field NAME VALUE    query TEXT
// Standard output, a line for each query: `found` and the numbers of the events, or `error` and a text in base64.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LowerCaseFilter;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.InetAddressPoint;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;

public class Lucene {
  static final Pattern IPV4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");
  static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /** An address from its text, never from a name: nothing is resolved. */
  static InetAddress address(String text) throws IOException {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      return null;
    }
    try {
      return InetAddress.getByName(text);
    } catch (IOException error) {
      return null;
    }
  }

  /** A field of type `keyword` with a normalizer that writes small letters. */
  static class Lowercase extends Analyzer {
    @Override
    protected TokenStreamComponents createComponents(String field) {
      Tokenizer whole = new KeywordTokenizer();
      return new TokenStreamComponents(whole, new LowerCaseFilter(whole));
    }

    @Override
    protected TokenStream normalize(String field, TokenStream in) {
      return new LowerCaseFilter(in);
    }
  }

  /** What `query_string` is in Elasticsearch: the classic parser, and what its field types make of a term. */
  static class Parser extends QueryParser {
    final Set<String> addresses;

    Parser(Analyzer analyzer, Set<String> addresses) {
      super("none", analyzer);
      this.addresses = addresses;
      setAllowLeadingWildcard(true);
    }

    @Override
    protected Query getFieldQuery(String field, String text, boolean quoted) throws ParseException {
      if (!addresses.contains(field)) {
        return super.getFieldQuery(field, text, quoted);
      }
      String[] parts = text.split("/", 2);
      try {
        InetAddress address = address(parts[0]);
        if (address == null) {
          throw new ParseException("'" + text + "' is not an IP string literal.");
        }
        return parts.length == 1
            ? InetAddressPoint.newExactQuery(field, address)
            : InetAddressPoint.newPrefixQuery(field, address, Integer.parseInt(parts[1]));
      } catch (IOException error) {
        throw new ParseException(error.toString());
      }
    }

    @Override
    protected Query getWildcardQuery(String field, String text) throws ParseException {
      return pattern(field, super.getWildcardQuery(field, text));
    }

    @Override
    protected Query getPrefixQuery(String field, String text) throws ParseException {
      return pattern(field, super.getPrefixQuery(field, text));
    }

    Query pattern(String field, Query query) throws ParseException {
      if (addresses.contains(field)) {
        throw new ParseException("Can only use wildcard queries on keyword and text fields, not on [" + field + "] of type [ip]");
      }
      return query;
    }

    /** Elasticsearch's `Queries.fixNegativeQueryIfNeeded`: without it `A AND (NOT B)` matches nothing. */
    @Override
    protected Query getBooleanQuery(List<BooleanClause> clauses) throws ParseException {
      Query query = super.getBooleanQuery(clauses);
      if (!(query instanceof BooleanQuery)) {
        return query;
      }
      BooleanQuery.Builder fixed = new BooleanQuery.Builder();
      for (BooleanClause clause : (BooleanQuery) query) {
        if (clause.getOccur() != BooleanClause.Occur.MUST_NOT) {
          return query;
        }
        fixed.add(clause);
      }
      return fixed.add(new MatchAllDocsQuery(), BooleanClause.Occur.FILTER).build();
    }
  }

  static String text(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  public static void main(String[] arguments) throws IOException {
    Analyzer analyzer = new KeywordAnalyzer();
    Set<String> addresses = new HashSet<>();
    List<Document> events = new ArrayList<>();
    List<String> queries = new ArrayList<>();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] parts = line.split("\t", -1);
      switch (parts[0]) {
        case "analyzer" -> analyzer = parts[1].equals("lowercase") ? new Lowercase() : new KeywordAnalyzer();
        case "address" -> addresses.add(text(parts[1]));
        case "event" -> {
          Document event = new Document();
          event.add(new StoredField("event_id", events.size()));
          events.add(event);
        }
        case "field" -> {
          String name = text(parts[1]);
          String value = text(parts[2]);
          Document event = events.get(events.size() - 1);
          if (!addresses.contains(name)) {
            event.add(new TextField(name, value, Field.Store.NO));
          } else if (address(value) != null) { // As `ignore_malformed` has it.
            event.add(new InetAddressPoint(name, address(value)));
          }
        }
        default -> queries.add(text(parts[1]));
      }
    }

    ByteBuffersDirectory directory = new ByteBuffersDirectory();
    try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
      for (Document event : events) {
        writer.addDocument(event);
      }
    }
    StringBuilder answers = new StringBuilder();
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      for (String query : queries) {
        try {
          Query parsed = new Parser(analyzer, addresses).parse(query);
          answers.append("found");
          for (ScoreDoc hit : searcher.search(parsed, Math.max(1, events.size())).scoreDocs) {
            answers.append('\t').append(searcher.doc(hit.doc).getField("event_id").numericValue());
          }
        } catch (ParseException | RuntimeException error) {
          byte[] message = String.valueOf(error.getMessage()).getBytes(StandardCharsets.UTF_8);
          answers.append("error\t").append(Base64.getEncoder().encodeToString(message));
        }
        answers.append('\n');
      }
    }
    System.out.print(answers);
  }
}
