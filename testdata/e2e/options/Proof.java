/** The application and its agent: nothing but a start. */
public final class Proof {
    public static void main(String[] arguments) {
        System.out.println("started");
    }

    public static void premain(String arguments) {}
}
