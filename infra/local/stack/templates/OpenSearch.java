// Runs one OpenSearch node in the foreground: its jars come without a program that does. Arguments: folder, port, and
// the port for other nodes.
import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;

class OpenSearch {
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.setMaxHttpPort(65535);
        runner.onBuild((number, settings) -> {
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            settings.put("http.port", port);
            settings.put("transport.port", arguments[2]);
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                runner.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        runner.build(OpenSearchRunner.newConfigs()
            .clusterName("photolog").numOfNode(1).basePath(arguments[0]).baseHttpPort(port - 1).useLogger());
        new CountDownLatch(1).await();
    }
}
