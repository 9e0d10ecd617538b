// One request with java.net.http: METHOD URL, the body on standard input, the answer as one JSON line.
// Proxy and trust store come from the environment (JAVA_TOOL_OPTIONS), as an agent has them.
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

class JavaClient {
    public static void main(String[] arguments) throws Exception {
        byte[] body = System.in.readAllBytes();
        var request = HttpRequest.newBuilder(URI.create(arguments[1]));
        request.method(arguments[0], body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (body.length > 0) {
            request.header("content-type", "application/json");
        }
        var client = HttpClient.newBuilder().proxy(ProxySelector.getDefault()).build();
        var answer = client.send(request.build(), BodyHandlers.ofString());
        var text = answer.body().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        System.out.println("{\"status\": " + answer.statusCode() + ", \"body\": \"" + text + "\"}");
    }
}
