import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URL;

/** The service of every container: says how it was called, makes one traced request, and ends. */
public class App {
    public static void main(String[] arguments) throws Exception {
        print("argument", arguments);
        print("option", ManagementFactory.getRuntimeMXBean().getInputArguments().toArray(new String[0]));
        HttpURLConnection request = (HttpURLConnection) new URL(System.getenv("DEMO_URL")).openConnection();
        System.out.println("status: " + request.getResponseCode());
    }

    private static void print(String what, String[] values) {
        for (String value : values) {
            System.out.println(what + ": " + value);
        }
    }
}
